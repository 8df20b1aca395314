// Several chats are selected in the list: Shift selects a range, and the selection outlives a new list. Selected chats
// that a filter hides are fields of the form, and the bar says how many they are. Shift and a click on a title, X on a
// row, or a long press on a touch screen begin it. Without this script the boxes and the buttons work as a form.
(() => {
  const boxes = () => [...document.querySelectorAll("#session-list .row-check")];
  const toggle = () => document.querySelector("#selecting");
  const hidden = () => [...document.querySelectorAll("#select-form input[name=session]")];
  const tell = () => {
    const kept = hidden().length;
    const count = boxes().filter((box) => box.checked).length + kept;
    const place = document.querySelector("#selected");
    const words = kept ? `${count} selected, ${kept} not shown` : `${count} selected`;
    if (place) place.textContent = toggle()?.checked ? words : "";
    for (const button of document.querySelectorAll("#select-form button")) button.disabled = !count;
  };
  const clear = () => {
    for (const box of boxes()) box.checked = false;
    for (const field of hidden()) field.remove();
    tell();
  };

  let last = null;
  document.addEventListener("click", ({ target, shiftKey }) => {
    if (!target.matches?.(".row-check")) return;
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(target)];
    if (shiftKey && from >= 0) {
      for (const box of all.slice(Math.min(from, to), Math.max(from, to) + 1)) box.checked = target.checked;
    }
    last = target;
    tell();
  });
  document.addEventListener("change", ({ target }) => {
    if (target.id !== "selecting") return;
    if (target.checked) tell(); else clear();
  });
  const rowOf = (element) => element.closest?.("#session-list a.row");
  const tick = (row, shiftKey = false) => {
    if (!toggle().checked) toggle().click();
    const box = row.parentElement.querySelector(".row-check");
    box.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));
  };

  let press = null;
  let pressed = null;
  const release = () => clearTimeout(press);
  document.addEventListener("pointerdown", (event) => {
    const row = rowOf(event.target);
    release();
    pressed = null;
    if (!row || event.pointerType === "mouse" || toggle().checked) return;
    press = setTimeout(() => {
      pressed = row;
      tick(row);
    }, 500);
  });
  for (const end of ["pointerup", "pointercancel", "scroll"]) document.addEventListener(end, release, true);
  document.addEventListener("contextmenu", (event) => {
    if (pressed && rowOf(event.target)) event.preventDefault();
  });

  // A click on a title selects while boxes are shown. The click that ends a long press does nothing.
  document.addEventListener("click", (event) => {
    const row = rowOf(event.target);
    if (!row || event.metaKey || event.ctrlKey || !(toggle()?.checked || event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (row === pressed) pressed = null;
    else tick(row, event.shiftKey);
  }, true);
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (key.toLowerCase() !== "x" || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const row = target.closest?.("#session-list li:not(:has(details[open], .row-rename))")?.querySelector("a.row");
    if (!row) return;
    event.preventDefault();
    tick(row, event.shiftKey);
  });

  const keep = (id) => {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "session", value: id });
    document.querySelector("#select-form")?.append(field);
  };
  const search = () => document.querySelector("#search-field");
  let checked = new Set();
  let filters = false;
  document.addEventListener("htmx:before:swap", ({ detail }) => {
    checked = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
    filters = Boolean(search()) && (detail.ctx?.sourceElement === search() || search().value !== "");
  });
  document.addEventListener("htmx:after:swap", ({ target }) => {
    if (target.id === "select-form") return clear();
    const shown = new Map(boxes().map((box) => [box.value, box]));
    for (const id of checked) {
      if (shown.has(id)) shown.get(id).checked = true;
      else if (filters) keep(id);
    }
    for (const field of hidden()) {
      if (!shown.has(field.value)) continue;
      shown.get(field.value).checked = true;
      field.remove();
    }
    tell();
  });
  tell();
})();
