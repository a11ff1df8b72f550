-- A ledger of schema 1 as commit 60b7661 wrote it; every id is invented.
BEGIN TRANSACTION;
CREATE TABLE la_activities (
	edition_id VARCHAR(36) NOT NULL, 
	number INTEGER NOT NULL, 
	"key" JSON NOT NULL, 
	activity_type VARCHAR(200) NOT NULL, 
	activity_id VARCHAR(100), 
	expires_at DATETIME, 
	planned_start DATETIME, 
	refreshed BOOLEAN NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	why TEXT, 
	PRIMARY KEY (edition_id, number), 
	FOREIGN KEY(edition_id) REFERENCES la_editions (id)
);
INSERT INTO "la_activities" VALUES('943603cb-17e9-4474-bed3-429a02df7ac6',0,'{"flight": "LH123"}','Match','11111111-2222-4333-8444-555555555555','2026-07-20 04:00:00.000000',NULL,1,'registered',NULL);
INSERT INTO "la_activities" VALUES('6d2417a4-c7df-49c3-b244-846d526e7738',0,'{"flight": "LH123"}','Match','11111111-2222-4333-8444-555555555555','2026-07-20 04:00:00.000000',NULL,1,'ended',NULL);
INSERT INTO "la_activities" VALUES('a93bbd80-a2b7-4392-bbc3-8379f4b5385b',0,'{"flight": "LH123"}','Match','11111111-2222-4333-8444-555555555555','2026-07-20 04:00:00.000000',NULL,1,'registered',NULL);
CREATE TABLE la_batches (
	id INTEGER NOT NULL, 
	edition_id VARCHAR(36) NOT NULL, 
	number INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	endpoint VARCHAR(20) NOT NULL, 
	people INTEGER NOT NULL, 
	intended_at DATETIME NOT NULL, 
	answered_at DATETIME, 
	outcome VARCHAR(20) NOT NULL, 
	status INTEGER, 
	code VARCHAR(60), 
	counters JSON, 
	PRIMARY KEY (id), 
	FOREIGN KEY(edition_id) REFERENCES la_editions (id)
);
INSERT INTO "la_batches" VALUES(1,'943603cb-17e9-4474-bed3-429a02df7ac6',0,0,'register',3,'2026-07-19 18:00:00.000000','2026-07-19 18:00:00.000000','done',200,NULL,'{"matched": 3, "added": 3}');
INSERT INTO "la_batches" VALUES(2,'6d2417a4-c7df-49c3-b244-846d526e7738',0,0,'register',3,'2026-07-19 18:00:00.000000','2026-07-19 18:00:00.000000','done',200,NULL,'{"matched": 3, "added": 3}');
INSERT INTO "la_batches" VALUES(3,'a93bbd80-a2b7-4392-bbc3-8379f4b5385b',0,0,'register',3,'2026-07-19 18:00:00.000000','2026-07-19 18:00:00.000000','done',200,NULL,'{"matched": 3, "added": 3}');
CREATE TABLE la_commands (
	id INTEGER NOT NULL, 
	edition_id VARCHAR(36) NOT NULL, 
	action VARCHAR(30) NOT NULL, 
	arguments JSON NOT NULL, 
	"key" JSON, 
	asked_at DATETIME NOT NULL, 
	obeyed_at DATETIME, 
	answer TEXT, 
	effect JSON, 
	PRIMARY KEY (id), 
	FOREIGN KEY(edition_id) REFERENCES la_editions (id)
);
INSERT INTO "la_commands" VALUES(1,'943603cb-17e9-4474-bed3-429a02df7ac6','freeze','{}','null','2026-07-19 18:00:00.000000','2026-07-19 18:00:00.000000','the activity frozen','{"action": "freeze", "at": "2026-07-19T18:00:00+00:00", "number": 1, "key": null}');
INSERT INTO "la_commands" VALUES(2,'6d2417a4-c7df-49c3-b244-846d526e7738','freeze','{}','null','2026-07-19 18:00:00.000000','2026-07-19 18:00:00.000000','the activity frozen','{"action": "freeze", "at": "2026-07-19T18:00:00+00:00", "number": 1, "key": null}');
INSERT INTO "la_commands" VALUES(3,'a93bbd80-a2b7-4392-bbc3-8379f4b5385b','freeze','{}','null','2026-07-19 18:00:00.000000','2026-07-19 18:00:00.000000','the activity frozen','{"action": "freeze", "at": "2026-07-19T18:00:00+00:00", "number": 1, "key": null}');
CREATE TABLE la_editions (
	id VARCHAR(36) NOT NULL, 
	account VARCHAR(200) NOT NULL, 
	mode VARCHAR(20) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	planned_start DATETIME, 
	start_given BOOLEAN NOT NULL, 
	scheduled DATETIME, 
	flow_run_id VARCHAR(36), 
	parameters JSON NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	created_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	folder TEXT, 
	segment JSON, 
	sightings JSON, 
	wish JSON, 
	report JSON, 
	decision JSON, 
	owner JSON, 
	lease_token INTEGER NOT NULL, 
	lease_until FLOAT NOT NULL, 
	tries INTEGER NOT NULL, 
	next_try_at FLOAT NOT NULL, 
	discarded_at DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "la_editions" VALUES('943603cb-17e9-4474-bed3-429a02df7ac6','sandbox','run','derby','2026-07-19 19:00:00.000000',1,'2026-07-19 18:00:00.000000','00000005-0000-4000-8000-000000000000','{"activity_type": "Match", "segment": "fans.csv", "id_column": "insider_id", "split_by": [], "defaults": {}, "poll_seconds": 30, "ends_at": "2026-07-19T22:00:00Z"}','running','2026-07-19 18:00:00.000000',NULL,'/data/segments/derby','{"rows": 4, "accepted": 3, "rejected": 1, "reasons": {"duplicate": 1}, "fingerprint": "f00d", "content": "c0de"}','{"0": "2026-07-19T18:00:00+00:00"}',NULL,NULL,'{"reasons": [], "asked_at": "2026-07-19T18:00:00+00:00", "answer": "approved", "note": "--yes", "answered_at": "2026-07-19T18:00:00+00:00"}','null',1,0.0,0,0.0,NULL);
INSERT INTO "la_editions" VALUES('6d2417a4-c7df-49c3-b244-846d526e7738','sandbox','run','cup','2026-07-19 19:00:00.000000',1,'2026-07-19 18:00:00.000000','00000003-0000-4000-8000-000000000000','{"activity_type": "Match", "segment": "fans.csv", "id_column": "insider_id", "split_by": [], "defaults": {}, "poll_seconds": 30, "ends_at": "2026-07-19T22:00:00Z"}','ended','2026-07-19 18:00:00.000000','2026-07-19 21:00:00.000000','/data/segments/cup','{"rows": 4, "accepted": 3, "rejected": 1, "reasons": {"duplicate": 1}, "fingerprint": "f00d", "content": "c0de"}','{"0": "2026-07-19T18:00:00+00:00"}',NULL,'{"status": "ended"}','{"reasons": [], "asked_at": "2026-07-19T18:00:00+00:00", "answer": "approved", "note": "--yes", "answered_at": "2026-07-19T18:00:00+00:00"}','null',1,0.0,0,0.0,NULL);
INSERT INTO "la_editions" VALUES('a93bbd80-a2b7-4392-bbc3-8379f4b5385b','sandbox','run','blizzard','2026-07-19 19:00:00.000000',1,'2026-07-19 18:00:00.000000','00000008-0000-4000-8000-000000000000','{"activity_type": "Match", "segment": "fans.csv", "id_column": "insider_id", "split_by": [], "defaults": {}, "poll_seconds": 30, "ends_at": "2026-07-19T22:00:00Z"}','running','2026-07-19 18:00:00.000000',NULL,'/data/segments/blizzard','{"rows": 4, "accepted": 3, "rejected": 1, "reasons": {"duplicate": 1}, "fingerprint": "f00d", "content": "c0de"}','{"0": "2026-07-19T18:00:00+00:00"}','{"why": "cancelled", "at": "2026-07-19T18:00:00+00:00", "title": "Called off", "message": null}',NULL,'{"reasons": [], "asked_at": "2026-07-19T18:00:00+00:00", "answer": "approved", "note": "--yes", "answered_at": "2026-07-19T18:00:00+00:00"}','null',1,0.0,0,0.0,NULL);
INSERT INTO "la_editions" VALUES('7dac3559-3029-41de-a50b-d7de1e4f0f79','sandbox','rehearse','derby','2026-07-19 19:00:00.000000',1,'2026-07-19 18:00:00.000000',NULL,'{"activity_type": "Match", "segment": "fans.csv", "id_column": "insider_id", "split_by": [], "defaults": {}, "poll_seconds": 30, "ends_at": "2026-07-19T22:00:00Z"}','running','2026-07-19 18:00:00.000000',NULL,NULL,'null',NULL,NULL,NULL,'null','{"host": "old-host", "boot": "b", "space": "s", "pid": 4242, "born": 1.0, "run": "run-a"}',1,0.0,0,0.0,NULL);
CREATE TABLE la_meta (
	"key" VARCHAR(40) NOT NULL, 
	value VARCHAR(200), 
	PRIMARY KEY ("key")
);
INSERT INTO "la_meta" VALUES('schema','1');
CREATE TABLE la_pushes (
	id INTEGER NOT NULL, 
	edition_id VARCHAR(36) NOT NULL, 
	number INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	content JSON NOT NULL, 
	place_due DATETIME, 
	place_number INTEGER, 
	passed INTEGER NOT NULL, 
	intended_at DATETIME NOT NULL, 
	answered_at DATETIME, 
	outcome VARCHAR(20) NOT NULL, 
	status INTEGER, 
	code VARCHAR(60), 
	triggered INTEGER NOT NULL, 
	unsynced INTEGER, 
	wait_seconds FLOAT, 
	told TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(edition_id) REFERENCES la_editions (id)
);
INSERT INTO "la_pushes" VALUES(1,'943603cb-17e9-4474-bed3-429a02df7ac6',0,'start','{"title": "Derby \u2013 half time", "content_state": {"score": 0}}','2026-07-19 19:00:00.000000',0,0,'2026-07-19 19:00:00.000000','2026-07-19 19:00:01.000000','done',200,NULL,40,2,1.5,NULL);
INSERT INTO "la_pushes" VALUES(2,'943603cb-17e9-4474-bed3-429a02df7ac6',0,'update','{"title": "Derby \u2013 half time", "content_state": {"score": 1}}','2026-07-19 19:00:00.000000',1,0,'2026-07-19 19:00:00.000000','2026-07-19 19:00:01.000000','not_sent',503,'UNAVAILABLE',40,2,1.5,'503 UNAVAILABLE');
INSERT INTO "la_pushes" VALUES(3,'943603cb-17e9-4474-bed3-429a02df7ac6',0,'update','{"title": "Derby \u2013 half time", "content_state": {"score": 1}}','2026-07-19 19:00:00.000000',1,0,'2026-07-19 19:00:00.000000','2026-07-19 19:00:01.000000','done',200,NULL,40,2,1.5,NULL);
INSERT INTO "la_pushes" VALUES(4,'943603cb-17e9-4474-bed3-429a02df7ac6',0,'update','{"title": "Derby \u2013 half time", "content_state": {"score": 2}}','2026-07-19 19:00:00.000000',2,0,'2026-07-19 19:00:00.000000',NULL,'intended',NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO "la_pushes" VALUES(5,'6d2417a4-c7df-49c3-b244-846d526e7738',0,'start','{"title": "Derby \u2013 half time", "content_state": {"score": 0}}','2026-07-19 19:00:00.000000',0,0,'2026-07-19 19:00:00.000000','2026-07-19 19:00:01.000000','done',200,NULL,40,2,1.5,NULL);
INSERT INTO "la_pushes" VALUES(6,'6d2417a4-c7df-49c3-b244-846d526e7738',0,'update','{"title": "Derby \u2013 half time", "content_state": {"score": 1}}','2026-07-19 19:00:00.000000',1,0,'2026-07-19 19:00:00.000000','2026-07-19 19:00:01.000000','not_sent',503,'UNAVAILABLE',40,2,1.5,'503 UNAVAILABLE');
INSERT INTO "la_pushes" VALUES(7,'6d2417a4-c7df-49c3-b244-846d526e7738',0,'update','{"title": "Derby \u2013 half time", "content_state": {"score": 1}}','2026-07-19 19:00:00.000000',1,0,'2026-07-19 19:00:00.000000','2026-07-19 19:00:01.000000','done',200,NULL,40,2,1.5,NULL);
INSERT INTO "la_pushes" VALUES(8,'6d2417a4-c7df-49c3-b244-846d526e7738',0,'end','{"title": "Derby \u2013 half time", "content_state": {"score": 3}}','2026-07-19 19:00:00.000000',3,0,'2026-07-19 19:00:00.000000','2026-07-19 19:00:01.000000','done',200,NULL,40,2,1.5,NULL);
INSERT INTO "la_pushes" VALUES(9,'a93bbd80-a2b7-4392-bbc3-8379f4b5385b',0,'start','{"title": "Derby \u2013 half time", "content_state": {"score": 0}}','2026-07-19 19:00:00.000000',0,0,'2026-07-19 19:00:00.000000','2026-07-19 19:00:01.000000','done',200,NULL,40,2,1.5,NULL);
INSERT INTO "la_pushes" VALUES(10,'a93bbd80-a2b7-4392-bbc3-8379f4b5385b',0,'update','{"title": "Derby \u2013 half time", "content_state": {"score": 1}}','2026-07-19 19:00:00.000000',1,0,'2026-07-19 19:00:00.000000','2026-07-19 19:00:01.000000','not_sent',503,'UNAVAILABLE',40,2,1.5,'503 UNAVAILABLE');
INSERT INTO "la_pushes" VALUES(11,'a93bbd80-a2b7-4392-bbc3-8379f4b5385b',0,'update','{"title": "Derby \u2013 half time", "content_state": {"score": 1}}','2026-07-19 19:00:00.000000',1,0,'2026-07-19 19:00:00.000000','2026-07-19 19:00:01.000000','done',200,NULL,40,2,1.5,NULL);
INSERT INTO "la_pushes" VALUES(12,'a93bbd80-a2b7-4392-bbc3-8379f4b5385b',0,'update','{"title": "Derby \u2013 half time", "content_state": {"score": 2}}','2026-07-19 19:00:00.000000',2,0,'2026-07-19 19:00:00.000000',NULL,'intended',NULL,NULL,0,NULL,NULL,NULL);
CREATE TABLE la_readings (
	edition_id VARCHAR(36) NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	columns JSON NOT NULL, 
	rows INTEGER NOT NULL, 
	PRIMARY KEY (edition_id, source), 
	FOREIGN KEY(edition_id) REFERENCES la_editions (id)
);
INSERT INTO "la_readings" VALUES('943603cb-17e9-4474-bed3-429a02df7ac6','b0e3c6c6574f87529697228ee269850fd62279ec03bf007905cc78ca51d10841','["at", "state.score"]',12);
INSERT INTO "la_readings" VALUES('6d2417a4-c7df-49c3-b244-846d526e7738','b0e3c6c6574f87529697228ee269850fd62279ec03bf007905cc78ca51d10841','["at", "state.score"]',12);
INSERT INTO "la_readings" VALUES('a93bbd80-a2b7-4392-bbc3-8379f4b5385b','b0e3c6c6574f87529697228ee269850fd62279ec03bf007905cc78ca51d10841','["at", "state.score"]',12);
CREATE TABLE la_runs (
	flow_run_id VARCHAR(36) NOT NULL, 
	edition_id VARCHAR(36) NOT NULL, 
	PRIMARY KEY (flow_run_id), 
	FOREIGN KEY(edition_id) REFERENCES la_editions (id)
);
INSERT INTO "la_runs" VALUES('00000005-0000-4000-8000-000000000000','943603cb-17e9-4474-bed3-429a02df7ac6');
INSERT INTO "la_runs" VALUES('00000003-0000-4000-8000-000000000000','6d2417a4-c7df-49c3-b244-846d526e7738');
INSERT INTO "la_runs" VALUES('00000008-0000-4000-8000-000000000000','a93bbd80-a2b7-4392-bbc3-8379f4b5385b');
CREATE INDEX la_editions_by_name ON la_editions (account, mode, name);
CREATE INDEX la_editions_by_status ON la_editions (status);
CREATE INDEX la_editions_by_run ON la_editions (flow_run_id);
CREATE INDEX la_batches_by_activity ON la_batches (edition_id, number);
CREATE INDEX la_pushes_by_activity ON la_pushes (edition_id, number);
CREATE INDEX la_commands_by_edition ON la_commands (edition_id);
COMMIT;
