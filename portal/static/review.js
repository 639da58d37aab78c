// One key chooses, the same key again or Enter decides; nothing fires while somebody types, holds a key down or another with it.
"use strict";
const KEPT = "review-keys";
const form = document.getElementById("decide"), chosen = document.getElementById("chosen"), go = document.getElementById("go");
const onOff = document.getElementById("keys-on");
let sent = false;

if (onOff) {
  onOff.checked = localStorage.getItem(KEPT) !== "off";
  onOff.addEventListener("change", () => localStorage.setItem(KEPT, onOff.checked ? "on" : "off"));
}
function isTyping(target) {
  return target.isContentEditable || target.matches("select, textarea, input:not([type=radio]):not([type=checkbox])");
}
function tell(text) { if (chosen) chosen.textContent = text; }
function decide() { if (!sent) form.requestSubmit(go); }
function leave() {
  for (const radio of form ? form.querySelectorAll("input[type=radio]") : []) radio.checked = false;
  tell("");
  if (document.activeElement) document.activeElement.blur();
}
function choose(radio) {
  if (radio.checked) { decide(); return; }
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  if (radio.value === "same_other") document.getElementById("other_id").focus(); else go.focus({ preventScroll: true });
}
function press(thing) {
  if (thing.matches("input[type=radio]")) choose(thing);
  else if (thing.matches("form")) { if (!sent) thing.requestSubmit(); }
  else if (thing.matches("details")) { thing.open = !thing.open; thing.querySelector("summary").focus(); }
  else if (thing.matches("button")) { if (document.activeElement === thing) decide(); else thing.focus(); }
  else if (thing.matches("a")) thing.click();
  else thing.focus();
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { leave(); return; }
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
  if (onOff && !onOff.checked) return;
  const thing = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!thing) return;
  event.preventDefault();
  press(thing);
});
if (form) {
  form.addEventListener("change", (event) => {
    if (event.target.name === "verdict" && form.dataset.press) {
      const said = event.target.closest("label").querySelector("span").firstChild.textContent.trim();
      tell(form.dataset.press.replace("{verdict}", said));
    }
  });
}
// Whoever presses twice decides once.
document.addEventListener("submit", (event) => { if (sent) event.preventDefault(); else sent = true; });
window.addEventListener("pageshow", () => { sent = false; });
