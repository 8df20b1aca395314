// Several chats are selected in the list: Shift selects a range, and the selection outlives a new list. Without this
// script the boxes and the buttons work as a form.
(() => {
  const boxes = () => [...document.querySelectorAll("#session-list .row-check")];
  const toggle = () => document.querySelector("#selecting");
  const tell = () => {
    const count = boxes().filter((box) => box.checked).length;
    const place = document.querySelector("#selected");
    if (place) place.textContent = toggle()?.checked ? `${count} selected` : "";
    for (const button of document.querySelectorAll("#select-form button")) button.disabled = !count;
  };
  const clear = () => {
    for (const box of boxes()) box.checked = false;
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
  // A click on a title selects while boxes are shown.
  document.addEventListener("click", (event) => {
    const row = event.target.closest?.("#session-list a.row");
    if (!row || !toggle()?.checked || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    event.stopPropagation();
    row.parentElement.querySelector(".row-check").click();
  }, true);

  let checked = new Set();
  document.addEventListener("htmx:before:swap", () => {
    checked = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  });
  document.addEventListener("htmx:after:swap", ({ target }) => {
    if (target.id === "select-form") return clear();
    for (const box of boxes()) if (checked.has(box.value)) box.checked = true;
    tell();
  });
  tell();
})();
