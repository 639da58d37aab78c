// Search: every word must stand somewhere in a field's row or in the head of its table; marks and case do not matter.
const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();
const box = document.getElementById("find");
const told = document.querySelectorAll("[data-told]");
const entries = [...document.querySelectorAll("[data-entry]")].map((entry) => {
  const head = fold(entry.querySelector("[data-head]").textContent);
  const rows = [...entry.querySelectorAll("tbody tr")].map((row) => [row, `${head} ${fold(row.textContent)}`]);
  return { entry, rows, links: document.querySelectorAll(`nav a[href="#${entry.id}"]`) };
});
const search = () => {
  const words = fold(box.value).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const { entry, rows, links } of entries) {
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    entry.hidden = shown === 0;
    for (const link of links) link.parentElement.hidden = shown === 0;
    found += shown;
  }
  for (const group of document.querySelectorAll("[data-group]"))
    group.hidden = !group.querySelector("[data-entry]:not([hidden])");
  for (const part of document.querySelectorAll("[data-besides]")) part.hidden = words.length > 0;
  for (const group of document.querySelectorAll("[data-links]"))
    group.hidden = !group.querySelector("li:not([hidden])");
  for (const place of told) place.textContent = words.length ? `${found} ${place.dataset.told}` : "";
};
document.getElementById("search").hidden = false;
if (matchMedia("(max-width: 900px)").matches) document.getElementById("contents").open = false;
box.addEventListener("input", search);
box.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { box.value = ""; search(); }
});
