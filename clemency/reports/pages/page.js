"use strict";
// Three things, none of which asks for anything from outside: files of figures for a page that stands alone, cues where
// something is wider than its place, and tables of records that can be searched and sorted.
(() => {
  const read = async (id) => {
    const found = document.getElementById(id);
    if (!found) return {};
    const packed = Uint8Array.from(atob(found.textContent), (c) => c.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
  };
  const make = (tag, about = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(about)) name in made && name !== "list" ? (made[name] = value) : made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };
  const save = (name, blob) => {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1e4);
  };

  // A page opened as a file may have been sent without its folder, so that its files are made from what it holds.
  const drawing = (figure) => {
    const svg = figure.querySelector("svg").cloneNode(true);
    const [, , width, height] = svg.getAttribute("viewBox").split(" ");
    svg.setAttribute("width", width); svg.setAttribute("height", height);
    return { text: new XMLSerializer().serializeToString(svg), width, height };
  };
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-file]");
    if (!link || location.protocol !== "file:") return;
    const name = link.getAttribute("href").split("/").pop(), kind = link.dataset.file, figure = link.closest("figure");
    event.preventDefault();
    if (kind === "csv") {
      const text = (await read("files"))[name.slice(0, -4)];
      if (text === undefined) location.assign(link.href);
      else save(name, new Blob([text], { type: "text/csv" }));
    } else {
      const { text, width, height } = drawing(figure);
      const blob = new Blob([text], { type: "image/svg+xml" });
      if (kind === "svg") save(name, blob);
      else {
        const image = new Image(), url = URL.createObjectURL(blob);
        image.onload = () => {
          const canvas = make("canvas", { width: width * 2.8, height: height * 2.8 }), pen = canvas.getContext("2d");
          pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height);
          pen.drawImage(image, 0, 0, canvas.width, canvas.height);
          canvas.toBlob((made) => save(name, made)); URL.revokeObjectURL(url);
        };
        image.src = url;
      }
    }
  });

  const cue = (box) => {
    const over = box.scrollWidth > box.clientWidth + 1;
    box.classList.toggle("overflows", over);
    if (over) box.tabIndex = 0; else box.removeAttribute("tabindex");
  };
  const watcher = new ResizeObserver((seen) => seen.forEach((one) => cue(one.target)));
  const watch = (box) => { cue(box); watcher.observe(box); };
  document.querySelectorAll(".scroll").forEach(watch);
  // What holds the place asked for is opened, so that an address leads to it.
  const open = () => { const at = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1))); if (at && at.closest("details")) at.closest("details").open = true; };
  addEventListener("hashchange", open); open();

  // Tables of records.
  const STEP = 50;
  const plain = (value) => String(value).normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const han = /[\u2e80-\u9fff\uf900-\ufaff]/;
  const said = (text, count) => text.replace(/\{(\w+)\}/g, (_, name) => count[name].toLocaleString("en"));
  const quoted = (cell) => /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const records = async (place) => {
    const { columns, rows, links, name, words } = await read(place.dataset.from);
    const shown = (value, k) => value === null ? "" : columns[k].kind === "choice" ? columns[k].words[value] : columns[k].kind === "link" ? links[value][0] : value;
    const texts = rows.map((row) => plain(row.map(shown).join(" \u0000 ")));
    const ask = { text: "", chosen: {}, by: null, down: false, most: STEP };
    const body = make("tbody", { role: "rowgroup" }), told = make("p", { className: "told", role: "status" });
    const more = make("button", { type: "button", className: "button" }), out = make("button", { type: "button", className: "button", textContent: words.save });
    const cell = (value, k, label) => {
      const made = k ? make("td", { role: "cell" }) : make("th", { scope: "row", role: "rowheader" });
      made.dataset.label = label;
      if (columns[k].kind === "number") made.className = "n";
      if (value === null || value === "") return made;
      if (columns[k].kind === "link") {
        const [text, address] = links[value];
        made.append(address ? make("a", { href: address, rel: "noreferrer", textContent: text }) : text);
      } else if (columns[k].kind === "name") {
        const [first, second] = String(value).split("\n");
        made.append(make("bdi", {}, first));
        if (second) made.append(make("small", {}, make("bdi", han.test(second) ? { lang: "zh" } : {}, second)));
      } else made.append(make("bdi", {}, String(shown(value, k))));
      return made;
    };
    const order = (a, b) => {
      const [x, y] = [rows[a][ask.by], rows[b][ask.by]].map((v) => v === null || v === "" ? null : columns[ask.by].kind === "number" ? Number(v) : columns[ask.by].kind === "date" ? v.replace(/^\.\.\//, "") : shown(v, ask.by));
      if (x === null || y === null) return (x === null) - (y === null);
      const found = typeof x === "number" ? x - y : columns[ask.by].kind === "date" ? (x < y ? -1 : x > y) : x.localeCompare(y, "en");
      return ask.down ? -found : found;
    };
    let found = [];
    const lay = () => {
      const asked = plain(ask.text).split(/\s+/).filter(Boolean);
      found = rows.map((_, n) => n).filter((n) => asked.every((word) => texts[n].includes(word))
        && Object.entries(ask.chosen).every(([k, value]) => value === "" || String(rows[n][k]) === value));
      if (ask.by !== null) found.sort((a, b) => order(a, b) || a - b);
      body.replaceChildren(...found.slice(0, ask.most).map((n) => make("tr", { role: "row" }, ...rows[n].map((value, k) => cell(value, k, columns[k].label)))));
      const count = { shown: Math.min(ask.most, found.length), found: found.length, all: rows.length };
      told.textContent = said(found.length ? words.told : words.none, count);
      more.hidden = count.shown === count.found;
      more.textContent = said(words.more, { n: Math.min(STEP, count.found - count.shown) });
      cue(box);
    };
    // By the head of a column, or, where rows are cards that have none, by a list of the columns.
    const sort = (k, down) => {
      ask.by = k; ask.down = down;
      heads.forEach((head, n) => n === k ? head.setAttribute("aria-sort", down ? "descending" : "ascending") : head.removeAttribute("aria-sort"));
      by.value = k === null ? "" : `${k} ${down}`;
      lay();
    };
    const heads = columns.map((column, k) => {
      const button = make("button", { type: "button", textContent: column.label });
      const head = make("th", { scope: "col", role: "columnheader" }, button);
      if (column.kind === "number") head.className = "n";
      button.addEventListener("click", () => sort(k, ask.by === k && !ask.down));
      return head;
    });
    const by = make("select", {}, make("option", { value: "", textContent: words.unsorted }), ...columns.flatMap((column, k) =>
      column.kind === "link" ? [] : [false, true].map((down) => make("option", { value: `${k} ${down}`, textContent: `${column.label} ${down ? "↓" : "↑"}` }))));
    by.addEventListener("change", () => { const [k, down] = by.value.split(" "); sort(by.value ? Number(k) : null, down === "true"); });
    const search = make("input", { type: "search", autocomplete: "off" });
    search.addEventListener("input", () => { ask.text = search.value; ask.most = STEP; lay(); });
    const choices = columns.map((column, k) => {
      if (column.kind !== "choice") return "";
      const list = make("select", {}, make("option", { value: "", textContent: words.any }), ...column.words.map((word, n) => make("option", { value: String(n), textContent: word })));
      list.addEventListener("change", () => { ask.chosen[k] = list.value; ask.most = STEP; lay(); });
      return make("label", {}, column.label, list);
    });
    more.addEventListener("click", () => { ask.most += STEP; lay(); const next = body.rows[ask.most - STEP]; if (next) { next.tabIndex = -1; next.focus(); } });
    out.addEventListener("click", () => {
      const lines = [columns.map((c) => c.label), ...found.map((n) => rows[n].map((v, k) => String(shown(v, k)).replace("\n", " ")))];
      // A cell that a spreadsheet would take for a formula gets an apostrophe, as in every file of the library.
      const safe = (text) => /^[\s\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text) && !/^[+-]?[\d.]+%?$/.test(text) ? `'${text}` : text;
      save(`${name}.csv`, new Blob([lines.map((line) => line.map((text) => quoted(safe(text))).join(",")).join("\n") + "\n"], { type: "text/csv" }));
    });
    const table = make("table", { className: "wide", role: "table", "aria-labelledby": `${name}-caption` }, make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)), body);
    const box = make("div", { className: "scroll", role: "group", "aria-labelledby": `${name}-caption` }, table);
    place.append(make("div", { className: "asked" }, make("label", {}, words.search, search), ...choices, make("label", {}, words.sort, by)), told, box, make("p", { className: "more", textContent: words.scroll }), make("p", {}, more, out));
    lay(); watch(box);
  };
  // Thousands of rows are laid out once somebody asks for them.
  document.querySelectorAll("details.records").forEach((place) => {
    const begin = () => { if (place.open && !place.dataset.begun) { place.dataset.begun = "yes"; records(place); } };
    place.addEventListener("toggle", begin); begin();
  });
})();
