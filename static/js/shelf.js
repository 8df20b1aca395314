// The open shelf of tags is one stop of the Tab key, as the list of chats is. Arrow keys, Home and End move in it.
(() => {
  const links = () => [...document.querySelectorAll("#shelf-rows a")];
  const rove = (to) => {
    const all = links();
    const stop = to ?? all.find((link) => link.hasAttribute("aria-current")) ?? all[0];
    for (const link of all) link.tabIndex = link === stop ? 0 : -1;
  };
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches?.("#shelf-rows a")) rove(target);
  });
  document.addEventListener("keydown", (event) => {
    const all = links();
    const now = all.indexOf(event.target);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: all.length - 1 }[event.key];
    if (now < 0 || to === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    all[to]?.focus();
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!document.activeElement?.matches("#shelf-rows a")) rove();
  });
  rove();
})();
