// Looks again until what is waited for is done, then shows it.
"use strict";
const waiting = document.getElementById("waiting");
async function look() {
  try {
    const answer = await fetch(waiting.dataset.state, { headers: { accept: "application/json" } });
    if (answer.ok && (await answer.json()).state !== "waiting") { location.reload(); return; }
    if (answer.status === 401) { location.reload(); return; }
  } catch { /* the line is down: look again */ }
  setTimeout(look, document.hidden ? 5000 : 700);
}
if (waiting) setTimeout(look, 400);
