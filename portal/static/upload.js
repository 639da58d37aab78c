// Brings a file in parts, and goes on where it stopped when the line breaks or the page is opened again.
"use strict";
const form = document.getElementById("upload"), field = document.getElementById("file"), drop = document.getElementById("drop");
const progress = document.getElementById("progress"), wrong = document.getElementById("wrong");
const token = form.elements.csrf.value;

function show(text, percent) {
  progress.hidden = false; wrong.hidden = true;
  progress.querySelector("span").textContent = text;
  if (percent !== undefined) progress.querySelector("progress").value = percent;
}
function fail(text) { progress.hidden = true; wrong.hidden = false; wrong.textContent = text; form.querySelector("button.main").disabled = false; }
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function ask(method, path, body) {
  const answer = await fetch(path, { method, body, headers: { accept: "application/json", "x-csrf-token": token } });
  const told = await answer.json().catch(() => ({}));
  if (answer.status >= 500) throw new TypeError("away");
  return { status: answer.status, told };
}
async function patiently(action) {
  for (let tries = 0; ; tries++) {
    try { return await action(); } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      show(form.dataset.broken);
      await pause(Math.min(1 + tries, 15));
    }
  }
}
// What tells a file again after a break, kept by this browser alone: no name, only what cannot say whose it is.
async function markOf(file) {
  const ends = await new Blob([file.slice(0, 65536), file.slice(-65536)]).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", ends));
  return "upload-" + form.elements.sender_code.value + "-" + file.size + "-" + Array.from(digest.slice(0, 12), (b) => b.toString(16).padStart(2, "0")).join("");
}
async function bring(file) {
  if (file.size > Number(form.dataset.limit)) { fail(form.dataset.large); return; }
  const mark = await markOf(file);
  let number = localStorage.getItem(mark), from = 0;
  if (number) {
    const { status, told } = await patiently(() => ask("GET", `/uploads/${number}/parts`));
    if (status === 200 && told.state === "receiving" && told.size === file.size) { from = told.from; if (from) show(form.dataset.resumed); } else number = null;
  }
  if (!number) {
    const begun = new FormData();
    begun.set("sender_code", form.elements.sender_code.value);
    begun.set("size", file.size);
    if (form.elements.mends) begun.set("mends", form.elements.mends.value);
    const { status, told } = await patiently(() => ask("POST", "/uploads/parts", begun));
    if (status !== 200) { fail(told.error); return; }
    number = told.upload_id;
    localStorage.setItem(mark, number);
  }
  const part = Number(form.dataset.part);
  while (from < file.size) {
    show(form.dataset.going.replace("{percent}", Math.floor((100 * from) / file.size)), (100 * from) / file.size);
    const { status, told } = await patiently(() => ask("PUT", `/uploads/${number}/parts/${from}`, file.slice(from, from + part)));
    if (status !== 200 && status !== 409) { fail(told.error); return; }
    if (status === 409 && told.state !== "receiving") break;
    from = told.from;
  }
  show(form.dataset.going.replace("{percent}", 100), 100);
  const named = new FormData();
  named.set("name", file.name);
  const { status, told } = await patiently(() => ask("POST", `/uploads/${number}/whole`, named));
  if (status !== 200) { fail(told.error); return; }
  localStorage.removeItem(mark);
  location.href = told.next;
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  form.querySelector("button.main").disabled = true;
  bring(field.files[0]).catch((error) => fail(String(error.message || error)));
});
for (const kind of ["dragover", "dragenter"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; form.requestSubmit(); }
});
