"use strict";
// Sorting, filtering and showing more rows. Without it every row is there, in the order of the report.
(() => {
  const FIRST = 25;
  const FEW = 6; // rows that need no finding
  const MOST_CHOICES = 12;
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  const make = (name, properties = {}) => Object.assign(document.createElement(name), properties);
  const textOf = (cell) => cell.textContent.trim();

  function valueOf(row, place, isNumber) {
    const cell = row.cells[place];
    const given = cell.dataset.v;
    return isNumber ? parseFloat(given) : given === undefined ? textOf(cell) : given;
  }

  // What has no value stands last, whichever way the rest goes.
  function compare(one, other, way) {
    const oneIsNothing = one === "" || Number.isNaN(one);
    const otherIsNothing = other === "" || Number.isNaN(other);
    if (oneIsNothing || otherIsNothing) return oneIsNothing - otherIsNothing;
    return way * (typeof one === "number" ? one - other : collator.compare(one, other));
  }

  function enhance(box) {
    const table = box.querySelector("table");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const heads = Array.from(table.tHead.rows[0].cells);
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    const tools = make("div", { className: "tools" });
    const search = make("input", { type: "search", autocomplete: "off" });
    const told = make("output");
    const more = make("div", { className: "more" });
    const button = make("button", { type: "button" });
    const onPaper = make("p");
    const chosen = new Map();
    let isWhole = rows.length <= FIRST;

    function show() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const fits = (row) =>
        words.every((word) => texts.get(row).includes(word)) &&
        Array.from(chosen).every(([place, select]) => !select.value || textOf(row.cells[place]) === select.value);
      let found = 0;
      for (const row of body.rows) {
        const isFound = fits(row);
        found += isFound;
        row.hidden = !isFound || (!isWhole && found > FIRST);
      }
      const shown = isWhole ? found : Math.min(found, FIRST);
      const all = found === rows.length ? "" : ` of ${rows.length.toLocaleString("en")}`;
      onPaper.textContent = `The first ${shown} of ${found.toLocaleString("en")} rows are printed; on a screen, the button below the table shows all.`;
      told.textContent = shown < found ? `${shown} of ${found.toLocaleString("en")} rows shown` : `${found.toLocaleString("en")}${all} rows`;
      button.textContent = `Show all ${found.toLocaleString("en")} rows`;
      more.hidden = shown === found;
    }

    function sort(head, place) {
      const isNumber = head.hasAttribute("data-number");
      const before = head.getAttribute("aria-sort");
      const isDescending = before ? before === "ascending" : isNumber;
      for (const one of heads) one.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      const keyed = Array.from(body.rows, (row) => [valueOf(row, place, isNumber), row]);
      keyed.sort((one, other) => compare(one[0], other[0], isDescending ? -1 : 1));
      body.append(...keyed.map(([, row]) => row));
      show();
    }

    function choice(head, place) {
      const values = Array.from(new Set(rows.map((row) => textOf(row.cells[place])))).sort(collator.compare);
      if (values.length < 2 || values.length > MOST_CHOICES) return;
      const select = make("select");
      select.append(new Option("any", ""), ...values.map((value) => new Option(value || "none", value)));
      const label = make("label", { textContent: head.textContent.trim() });
      label.append(select);
      select.addEventListener("change", show);
      chosen.set(place, select);
      tools.append(label);
    }

    const label = make("label", { textContent: "Find" });
    label.append(search);
    tools.append(label);
    heads.forEach((head, place) => {
      if (head.hasAttribute("data-choice")) choice(head, place);
      const sorter = make("button", { type: "button", textContent: head.textContent.trim(), title: head.title });
      sorter.addEventListener("click", () => sort(head, place));
      head.replaceChildren(sorter);
    });
    told.setAttribute("aria-live", "polite");
    tools.append(told);
    search.addEventListener("input", show);
    button.addEventListener("click", () => { isWhole = true; show(); });
    more.append(button, onPaper);
    if (rows.length >= FEW) box.prepend(tools);
    box.querySelector(".scroll").after(more);
    show();
  }

  for (const box of document.querySelectorAll("[data-table]")) enhance(box);
})();
