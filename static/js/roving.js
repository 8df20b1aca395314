// The list of chats is one stop of the Tab key. Arrow keys, Home and End move in it, Right and Left lead to a row's menu
// and back, Space ticks a row while chats are selected.
(() => {
  const list = () => document.querySelector("#session-list");
  const links = () => [...list().querySelectorAll("a.row, .list-note a")];
  let last = null;
  let awaited = null;

  const rove = () => {
    if (!list()) return;
    const all = links();
    const stop = all.find((link) => link === last || (last && link.pathname === last.pathname))
      ?? all.find((link) => link.hasAttribute("aria-current")) ?? all[0];
    for (const element of list().querySelectorAll("a, summary, .row-check")) {
      if (!element.closest(".menu-items, .row-rename")) element.tabIndex = element === stop ? 0 : -1;
    }
  };
  const focus = (link) => {
    if (!link) return;
    last = link;
    rove();
    link.focus();
  };

  document.addEventListener("focusin", ({ target }) => {
    const link = target.closest?.("#session-list li")?.querySelector("a.row") ?? target.closest?.("#session-list a");
    if (!link || link === last || target.closest(".row-rename")) return;
    last = link;
    rove();
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { target, key } = event;
    if (target.id === "search-field" && key === "ArrowDown") {
      event.preventDefault();
      return focus(links()[0]);
    }
    if (!target.closest?.("#session-list") || target.closest(".menu-items, .row-rename, details[open]")) return;
    const row = target.closest("li");
    const all = links();
    const now = all.indexOf(target.matches("a") ? target : row?.querySelector("a.row"));
    const more = list().querySelector(".more");
    if (key === " " && row && document.querySelector("#selecting:checked")) row.querySelector(".row-check").click();
    else if (key === "ArrowRight" && row) row.querySelector("summary").focus();
    else if (key === "ArrowLeft" && row) focus(row.querySelector("a.row"));
    else if (key === "ArrowDown" && now === all.length - 1 && more) {
      awaited = all.length;
      more.click();
    } else if (["ArrowDown", "ArrowUp", "Home", "End"].includes(key)) {
      focus(all[{ ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: all.length - 1 }[key]]);
    } else return;
    event.preventDefault();
  });
  document.addEventListener("htmx:after:swap", () => {
    rove();
    if (awaited !== null && list() && links().length > awaited) {
      focus(links()[awaited]);
      awaited = null;
    }
  });
  rove();
})();
