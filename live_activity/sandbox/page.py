"""The page with the phones: one card for each screen that phones show, with the number of phones."""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox phones</title>
<style>
  :root { color-scheme: light dark; --back: #f2f3f7; --card: #fff; --text: #16181d; --soft: #667;
          --line: #dde0e8; --good: #137a4b; --bad: #b3261e; }
  @media (prefers-color-scheme: dark) {
    :root { --back: #101216; --card: #1b1e25; --text: #eceef3; --soft: #99a; --line: #2c313c;
            --good: #58d09a; --bad: #ff8a80; }
  }
  * { box-sizing: border-box; }
  body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--back); color: var(--text);
         font: 15px/1.45 system-ui, sans-serif; }
  h1 { font-size: 1.3rem; margin: 0 0 .25rem; }
  h2 { font-size: 1.05rem; margin: 2rem 0 .1rem; }
  .soft { color: var(--soft); margin: 0; overflow-wrap: anywhere; }
  .state { border: 1px solid var(--line); border-radius: 1rem; font-size: .75rem; margin-left: .4rem;
           padding: .1rem .6rem; vertical-align: middle; }
  .screens { display: grid; gap: .9rem; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
             margin-top: .8rem; }
  .card { background: var(--card); border: 1px solid var(--line); border-radius: 1.3rem; padding: 1rem 1.1rem; }
  .card.final { border-color: var(--good); }
  .card.stuck { border-color: var(--bad); }
  .number { font-size: 1.5rem; font-variant-numeric: tabular-nums; font-weight: 650; }
  .title { font-weight: 600; margin: .4rem 0 0; }
  dl { display: grid; gap: .1rem .8rem; grid-template-columns: auto 1fr; margin: .5rem 0 0; }
  dt { color: var(--soft); }
  dd { margin: 0; overflow-wrap: anywhere; text-align: right; }
  .good { color: var(--good); } .bad { color: var(--bad); }
</style>
<h1>Sandbox phones</h1>
<p class="soft" id="told">Looking at the phones&hellip;</p>
<main id="main"></main>
<script>
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const number = (value) => value.toLocaleString("en");
  const text = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : String(value));
  const fields = (values) => {
    const list = make("dl");
    for (const [name, value] of Object.entries(values || {}))
      list.append(make("dt", "", name), make("dd", "", text(value)));
    return list;
  };
  const drawScreen = (screen) => {
    const card = make("div", "card" + (screen.final ? " final" : "") + (screen.stuck ? " stuck" : ""));
    card.append(make("span", "number", number(screen.phones)));
    card.append(make("span", "soft", screen.phones === 1 ? " phone" : " phones"));
    if (screen.final) card.append(make("span", "state good", "final"));
    if (screen.stuck) card.append(make("span", "state bad", "stuck"));
    const shows = screen.shows;
    if (!shows) card.append(make("p", "title soft", "shows nothing"));
    else {
      if (shows.title) card.append(make("p", "title", shows.title));
      if (shows.message) card.append(make("p", "soft", shows.message));
      card.append(fields(screen.attributes), fields(shows.content_state));
    }
    if (screen.stuck) card.append(make("p", "bad", screen.stuck));
    return card;
  };
  const drawActivity = (activity) => {
    const part = make("section");
    const head = make("h2", "", activity.activity_type);
    head.append(make("span", "state", activity.state));
    const counts = activity.counts;
    const told = [
      activity.activity_id, number(counts.registered) + " registered", number(counts.reached) + " reached",
      number(counts.synced) + " synced", number(counts.showing_final) + " showing final",
      number(counts.stuck) + " stuck", number(activity.pushes.update.calls) + " updates",
    ];
    const screens = make("div", "screens");
    screens.append(...activity.screens.slice(0, 24).map(drawScreen));
    part.append(head, make("p", "soft", told.join(" \\u00b7 ")), screens);
    return part;
  };
  const told = document.getElementById("told");
  const look = async () => {
    try {
      const answer = await fetch("/sandbox/activities?screens=true&last=30");
      const { activities } = await answer.json();
      document.getElementById("main").replaceChildren(...activities.reverse().map(drawActivity));
      told.textContent = activities.length
        ? "The newest activities, each with what its phones show. Looks again every second."
        : "No activity yet: register one, and its phones appear here.";
    } catch {
      told.textContent = "The sandbox does not answer.";
    }
    setTimeout(look, 1000);
  };
  look();
</script>
</html>
"""
