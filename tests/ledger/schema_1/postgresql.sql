-- A ledger of schema 1 as commit 60b7661 wrote it; every id is invented.
CREATE TABLE la_activities (
    edition_id character varying(36) NOT NULL,
    number integer NOT NULL,
    key json NOT NULL,
    activity_type character varying(200) NOT NULL,
    activity_id character varying(100),
    expires_at timestamp with time zone,
    planned_start timestamp with time zone,
    refreshed boolean NOT NULL,
    status character varying(20) NOT NULL,
    why text
);
CREATE TABLE la_batches (
    id integer NOT NULL,
    edition_id character varying(36) NOT NULL,
    number integer NOT NULL,
    batch integer NOT NULL,
    endpoint character varying(20) NOT NULL,
    people integer NOT NULL,
    intended_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    outcome character varying(20) NOT NULL,
    status integer,
    code character varying(60),
    counters json
);
CREATE SEQUENCE la_batches_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE la_batches_id_seq OWNED BY la_batches.id;
CREATE TABLE la_commands (
    id integer NOT NULL,
    edition_id character varying(36) NOT NULL,
    action character varying(30) NOT NULL,
    arguments json NOT NULL,
    key json,
    asked_at timestamp with time zone NOT NULL,
    obeyed_at timestamp with time zone,
    answer text,
    effect json
);
CREATE SEQUENCE la_commands_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE la_commands_id_seq OWNED BY la_commands.id;
CREATE TABLE la_editions (
    id character varying(36) NOT NULL,
    account character varying(200) NOT NULL,
    mode character varying(20) NOT NULL,
    name character varying(100) NOT NULL,
    planned_start timestamp with time zone,
    start_given boolean NOT NULL,
    scheduled timestamp with time zone,
    flow_run_id character varying(36),
    parameters json NOT NULL,
    status character varying(20) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    folder text,
    segment json,
    sightings json,
    wish json,
    report json,
    decision json,
    owner json,
    lease_token integer NOT NULL,
    lease_until double precision NOT NULL,
    tries integer NOT NULL,
    next_try_at double precision NOT NULL,
    discarded_at timestamp with time zone
);
CREATE TABLE la_meta (
    key character varying(40) NOT NULL,
    value character varying(200)
);
CREATE TABLE la_pushes (
    id integer NOT NULL,
    edition_id character varying(36) NOT NULL,
    number integer NOT NULL,
    kind character varying(20) NOT NULL,
    content json NOT NULL,
    place_due timestamp with time zone,
    place_number integer,
    passed integer NOT NULL,
    intended_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    outcome character varying(20) NOT NULL,
    status integer,
    code character varying(60),
    triggered integer NOT NULL,
    unsynced integer,
    wait_seconds double precision,
    told text
);
CREATE SEQUENCE la_pushes_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE la_pushes_id_seq OWNED BY la_pushes.id;
CREATE TABLE la_readings (
    edition_id character varying(36) NOT NULL,
    source character varying(64) NOT NULL,
    columns json NOT NULL,
    rows integer NOT NULL
);
CREATE TABLE la_runs (
    flow_run_id character varying(36) NOT NULL,
    edition_id character varying(36) NOT NULL
);
ALTER TABLE ONLY la_batches ALTER COLUMN id SET DEFAULT nextval('la_batches_id_seq'::regclass);
ALTER TABLE ONLY la_commands ALTER COLUMN id SET DEFAULT nextval('la_commands_id_seq'::regclass);
ALTER TABLE ONLY la_pushes ALTER COLUMN id SET DEFAULT nextval('la_pushes_id_seq'::regclass);
INSERT INTO la_activities VALUES ('34992dee-275e-43c9-9315-298afab2a651', 0, '{"flight": "LH123"}', 'Match', '11111111-2222-4333-8444-555555555555', '2026-07-20 04:00:00+00', NULL, true, 'registered', NULL);
INSERT INTO la_activities VALUES ('8af70350-ebeb-4fb2-99ce-eb6852cea05e', 0, '{"flight": "LH123"}', 'Match', '11111111-2222-4333-8444-555555555555', '2026-07-20 04:00:00+00', NULL, true, 'ended', NULL);
INSERT INTO la_activities VALUES ('233bab69-3558-4f54-a253-c5ae9da0f41d', 0, '{"flight": "LH123"}', 'Match', '11111111-2222-4333-8444-555555555555', '2026-07-20 04:00:00+00', NULL, true, 'registered', NULL);
INSERT INTO la_batches VALUES (1, '34992dee-275e-43c9-9315-298afab2a651', 0, 0, 'register', 3, '2026-07-19 18:00:00+00', '2026-07-19 18:00:00+00', 'done', 200, NULL, '{"matched": 3, "added": 3}');
INSERT INTO la_batches VALUES (2, '8af70350-ebeb-4fb2-99ce-eb6852cea05e', 0, 0, 'register', 3, '2026-07-19 18:00:00+00', '2026-07-19 18:00:00+00', 'done', 200, NULL, '{"matched": 3, "added": 3}');
INSERT INTO la_batches VALUES (3, '233bab69-3558-4f54-a253-c5ae9da0f41d', 0, 0, 'register', 3, '2026-07-19 18:00:00+00', '2026-07-19 18:00:00+00', 'done', 200, NULL, '{"matched": 3, "added": 3}');
INSERT INTO la_commands VALUES (1, '34992dee-275e-43c9-9315-298afab2a651', 'freeze', '{}', 'null', '2026-07-19 18:00:00+00', '2026-07-19 18:00:00+00', 'the activity frozen', '{"action": "freeze", "at": "2026-07-19T18:00:00+00:00", "number": 1, "key": null}');
INSERT INTO la_commands VALUES (2, '8af70350-ebeb-4fb2-99ce-eb6852cea05e', 'freeze', '{}', 'null', '2026-07-19 18:00:00+00', '2026-07-19 18:00:00+00', 'the activity frozen', '{"action": "freeze", "at": "2026-07-19T18:00:00+00:00", "number": 1, "key": null}');
INSERT INTO la_commands VALUES (3, '233bab69-3558-4f54-a253-c5ae9da0f41d', 'freeze', '{}', 'null', '2026-07-19 18:00:00+00', '2026-07-19 18:00:00+00', 'the activity frozen', '{"action": "freeze", "at": "2026-07-19T18:00:00+00:00", "number": 1, "key": null}');
INSERT INTO la_editions VALUES ('233bab69-3558-4f54-a253-c5ae9da0f41d', 'sandbox', 'run', 'blizzard', '2026-07-19 19:00:00+00', true, '2026-07-19 18:00:00+00', '00000008-0000-4000-8000-000000000000', '{"activity_type": "Match", "segment": "fans.csv", "id_column": "insider_id", "split_by": [], "defaults": {}, "poll_seconds": 30, "ends_at": "2026-07-19T22:00:00Z"}', 'running', '2026-07-19 18:00:00+00', NULL, '/data/segments/blizzard', '{"rows": 4, "accepted": 3, "rejected": 1, "reasons": {"duplicate": 1}, "fingerprint": "f00d", "content": "c0de"}', '{"0": "2026-07-19T18:00:00+00:00"}', '{"why": "cancelled", "at": "2026-07-19T18:00:00+00:00", "title": "Called off", "message": null}', NULL, '{"reasons": [], "asked_at": "2026-07-19T18:00:00+00:00", "answer": "approved", "note": "--yes", "answered_at": "2026-07-19T18:00:00+00:00"}', 'null', 1, 0, 0, 0, NULL);
INSERT INTO la_editions VALUES ('34992dee-275e-43c9-9315-298afab2a651', 'sandbox', 'run', 'derby', '2026-07-19 19:00:00+00', true, '2026-07-19 18:00:00+00', '00000005-0000-4000-8000-000000000000', '{"activity_type": "Match", "segment": "fans.csv", "id_column": "insider_id", "split_by": [], "defaults": {}, "poll_seconds": 30, "ends_at": "2026-07-19T22:00:00Z"}', 'running', '2026-07-19 18:00:00+00', NULL, '/data/segments/derby', '{"rows": 4, "accepted": 3, "rejected": 1, "reasons": {"duplicate": 1}, "fingerprint": "f00d", "content": "c0de"}', '{"0": "2026-07-19T18:00:00+00:00"}', NULL, NULL, '{"reasons": [], "asked_at": "2026-07-19T18:00:00+00:00", "answer": "approved", "note": "--yes", "answered_at": "2026-07-19T18:00:00+00:00"}', 'null', 1, 0, 0, 0, NULL);
INSERT INTO la_editions VALUES ('5d2fcaeb-d46b-4482-8da2-f706b514f37a', 'sandbox', 'rehearse', 'derby', '2026-07-19 19:00:00+00', true, '2026-07-19 18:00:00+00', NULL, '{"activity_type": "Match", "segment": "fans.csv", "id_column": "insider_id", "split_by": [], "defaults": {}, "poll_seconds": 30, "ends_at": "2026-07-19T22:00:00Z"}', 'running', '2026-07-19 18:00:00+00', NULL, NULL, 'null', NULL, NULL, NULL, 'null', '{"host": "old-host", "boot": "b", "space": "s", "pid": 4242, "born": 1.0, "run": "run-a"}', 1, 0, 0, 0, NULL);
INSERT INTO la_editions VALUES ('8af70350-ebeb-4fb2-99ce-eb6852cea05e', 'sandbox', 'run', 'cup', '2026-07-19 19:00:00+00', true, '2026-07-19 18:00:00+00', '00000003-0000-4000-8000-000000000000', '{"activity_type": "Match", "segment": "fans.csv", "id_column": "insider_id", "split_by": [], "defaults": {}, "poll_seconds": 30, "ends_at": "2026-07-19T22:00:00Z"}', 'ended', '2026-07-19 18:00:00+00', '2026-07-19 21:00:00+00', '/data/segments/cup', '{"rows": 4, "accepted": 3, "rejected": 1, "reasons": {"duplicate": 1}, "fingerprint": "f00d", "content": "c0de"}', '{"0": "2026-07-19T18:00:00+00:00"}', NULL, '{"status": "ended"}', '{"reasons": [], "asked_at": "2026-07-19T18:00:00+00:00", "answer": "approved", "note": "--yes", "answered_at": "2026-07-19T18:00:00+00:00"}', 'null', 1, 0, 0, 0, NULL);
INSERT INTO la_meta VALUES ('schema', '1');
INSERT INTO la_pushes VALUES (1, '34992dee-275e-43c9-9315-298afab2a651', 0, 'start', '{"title": "Derby \u2013 half time", "content_state": {"score": 0}}', '2026-07-19 19:00:00+00', 0, 0, '2026-07-19 19:00:00+00', '2026-07-19 19:00:01+00', 'done', 200, NULL, 40, 2, 1.5, NULL);
INSERT INTO la_pushes VALUES (2, '34992dee-275e-43c9-9315-298afab2a651', 0, 'update', '{"title": "Derby \u2013 half time", "content_state": {"score": 1}}', '2026-07-19 19:00:00+00', 1, 0, '2026-07-19 19:00:00+00', '2026-07-19 19:00:01+00', 'not_sent', 503, 'UNAVAILABLE', 40, 2, 1.5, '503 UNAVAILABLE');
INSERT INTO la_pushes VALUES (3, '34992dee-275e-43c9-9315-298afab2a651', 0, 'update', '{"title": "Derby \u2013 half time", "content_state": {"score": 1}}', '2026-07-19 19:00:00+00', 1, 0, '2026-07-19 19:00:00+00', '2026-07-19 19:00:01+00', 'done', 200, NULL, 40, 2, 1.5, NULL);
INSERT INTO la_pushes VALUES (4, '34992dee-275e-43c9-9315-298afab2a651', 0, 'update', '{"title": "Derby \u2013 half time", "content_state": {"score": 2}}', '2026-07-19 19:00:00+00', 2, 0, '2026-07-19 19:00:00+00', NULL, 'intended', NULL, NULL, 0, NULL, NULL, NULL);
INSERT INTO la_pushes VALUES (5, '8af70350-ebeb-4fb2-99ce-eb6852cea05e', 0, 'start', '{"title": "Derby \u2013 half time", "content_state": {"score": 0}}', '2026-07-19 19:00:00+00', 0, 0, '2026-07-19 19:00:00+00', '2026-07-19 19:00:01+00', 'done', 200, NULL, 40, 2, 1.5, NULL);
INSERT INTO la_pushes VALUES (6, '8af70350-ebeb-4fb2-99ce-eb6852cea05e', 0, 'update', '{"title": "Derby \u2013 half time", "content_state": {"score": 1}}', '2026-07-19 19:00:00+00', 1, 0, '2026-07-19 19:00:00+00', '2026-07-19 19:00:01+00', 'not_sent', 503, 'UNAVAILABLE', 40, 2, 1.5, '503 UNAVAILABLE');
INSERT INTO la_pushes VALUES (7, '8af70350-ebeb-4fb2-99ce-eb6852cea05e', 0, 'update', '{"title": "Derby \u2013 half time", "content_state": {"score": 1}}', '2026-07-19 19:00:00+00', 1, 0, '2026-07-19 19:00:00+00', '2026-07-19 19:00:01+00', 'done', 200, NULL, 40, 2, 1.5, NULL);
INSERT INTO la_pushes VALUES (8, '8af70350-ebeb-4fb2-99ce-eb6852cea05e', 0, 'end', '{"title": "Derby \u2013 half time", "content_state": {"score": 3}}', '2026-07-19 19:00:00+00', 3, 0, '2026-07-19 19:00:00+00', '2026-07-19 19:00:01+00', 'done', 200, NULL, 40, 2, 1.5, NULL);
INSERT INTO la_pushes VALUES (9, '233bab69-3558-4f54-a253-c5ae9da0f41d', 0, 'start', '{"title": "Derby \u2013 half time", "content_state": {"score": 0}}', '2026-07-19 19:00:00+00', 0, 0, '2026-07-19 19:00:00+00', '2026-07-19 19:00:01+00', 'done', 200, NULL, 40, 2, 1.5, NULL);
INSERT INTO la_pushes VALUES (10, '233bab69-3558-4f54-a253-c5ae9da0f41d', 0, 'update', '{"title": "Derby \u2013 half time", "content_state": {"score": 1}}', '2026-07-19 19:00:00+00', 1, 0, '2026-07-19 19:00:00+00', '2026-07-19 19:00:01+00', 'not_sent', 503, 'UNAVAILABLE', 40, 2, 1.5, '503 UNAVAILABLE');
INSERT INTO la_pushes VALUES (11, '233bab69-3558-4f54-a253-c5ae9da0f41d', 0, 'update', '{"title": "Derby \u2013 half time", "content_state": {"score": 1}}', '2026-07-19 19:00:00+00', 1, 0, '2026-07-19 19:00:00+00', '2026-07-19 19:00:01+00', 'done', 200, NULL, 40, 2, 1.5, NULL);
INSERT INTO la_pushes VALUES (12, '233bab69-3558-4f54-a253-c5ae9da0f41d', 0, 'update', '{"title": "Derby \u2013 half time", "content_state": {"score": 2}}', '2026-07-19 19:00:00+00', 2, 0, '2026-07-19 19:00:00+00', NULL, 'intended', NULL, NULL, 0, NULL, NULL, NULL);
INSERT INTO la_readings VALUES ('34992dee-275e-43c9-9315-298afab2a651', 'b0e3c6c6574f87529697228ee269850fd62279ec03bf007905cc78ca51d10841', '["at", "state.score"]', 12);
INSERT INTO la_readings VALUES ('8af70350-ebeb-4fb2-99ce-eb6852cea05e', 'b0e3c6c6574f87529697228ee269850fd62279ec03bf007905cc78ca51d10841', '["at", "state.score"]', 12);
INSERT INTO la_readings VALUES ('233bab69-3558-4f54-a253-c5ae9da0f41d', 'b0e3c6c6574f87529697228ee269850fd62279ec03bf007905cc78ca51d10841', '["at", "state.score"]', 12);
INSERT INTO la_runs VALUES ('00000005-0000-4000-8000-000000000000', '34992dee-275e-43c9-9315-298afab2a651');
INSERT INTO la_runs VALUES ('00000003-0000-4000-8000-000000000000', '8af70350-ebeb-4fb2-99ce-eb6852cea05e');
INSERT INTO la_runs VALUES ('00000008-0000-4000-8000-000000000000', '233bab69-3558-4f54-a253-c5ae9da0f41d');
SELECT setval('la_batches_id_seq', 3, true);
SELECT setval('la_commands_id_seq', 3, true);
SELECT setval('la_pushes_id_seq', 12, true);
ALTER TABLE ONLY la_activities
    ADD CONSTRAINT la_activities_pkey PRIMARY KEY (edition_id, number);
ALTER TABLE ONLY la_batches
    ADD CONSTRAINT la_batches_pkey PRIMARY KEY (id);
ALTER TABLE ONLY la_commands
    ADD CONSTRAINT la_commands_pkey PRIMARY KEY (id);
ALTER TABLE ONLY la_editions
    ADD CONSTRAINT la_editions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY la_meta
    ADD CONSTRAINT la_meta_pkey PRIMARY KEY (key);
ALTER TABLE ONLY la_pushes
    ADD CONSTRAINT la_pushes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY la_readings
    ADD CONSTRAINT la_readings_pkey PRIMARY KEY (edition_id, source);
ALTER TABLE ONLY la_runs
    ADD CONSTRAINT la_runs_pkey PRIMARY KEY (flow_run_id);
CREATE INDEX la_batches_by_activity ON la_batches USING btree (edition_id, number);
CREATE INDEX la_commands_by_edition ON la_commands USING btree (edition_id);
CREATE INDEX la_editions_by_name ON la_editions USING btree (account, mode, name);
CREATE INDEX la_editions_by_run ON la_editions USING btree (flow_run_id);
CREATE INDEX la_editions_by_status ON la_editions USING btree (status);
CREATE INDEX la_pushes_by_activity ON la_pushes USING btree (edition_id, number);
ALTER TABLE ONLY la_activities
    ADD CONSTRAINT la_activities_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES la_editions(id);
ALTER TABLE ONLY la_batches
    ADD CONSTRAINT la_batches_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES la_editions(id);
ALTER TABLE ONLY la_commands
    ADD CONSTRAINT la_commands_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES la_editions(id);
ALTER TABLE ONLY la_pushes
    ADD CONSTRAINT la_pushes_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES la_editions(id);
ALTER TABLE ONLY la_readings
    ADD CONSTRAINT la_readings_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES la_editions(id);
ALTER TABLE ONLY la_runs
    ADD CONSTRAINT la_runs_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES la_editions(id);
