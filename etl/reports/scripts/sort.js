// Sorting: a heading is a button that orders the rows below it by what they show; the page does without.
const valueOf = (cell) => {
  if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
  const told = cell.querySelector("[lang=vi]"); // pages that hold both languages show one of them
  const isVietnamese = told !== null || document.documentElement.lang === "vi";
  const text = (told ?? cell).textContent.trim();
  if (!cell.classList.contains("n")) return text;
  const plain = isVietnamese ? text.replace(/\./g, "").replace(",", ".") : text.replace(/,/g, "");
  const digits = plain.match(/-?\d+(\.\d+)?/);
  if (digits === null) return -1;
  return Number(digits[0]) - (text.includes("<") ? 0.5 : text.includes(">") ? -0.5 : 0);
};
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const isUp = heading.getAttribute("aria-sort") !== "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const order = (one, other) => (typeof one === "number" ? one - other : one.localeCompare(other, "vi"));
      const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row.cells[place]), row]);
      rows.sort(([one], [other]) => (isUp ? order(one, other) : order(other, one)));
      table.tBodies[0].append(...rows.map(([, row]) => row));
    });
  });
}
