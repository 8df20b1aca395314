// Going from chat to chat swaps the chat alone; mark the open one in the list, and bring the list along when a
// form changed it.
(() => {
  const mark = () => {
    for (const row of document.querySelectorAll("#session-list a.row")) {
      if (row.pathname === location.pathname) row.setAttribute("aria-current", "page");
      else row.removeAttribute("aria-current");
    }
  };
  document.addEventListener("htmx:after:history:push", mark);
  document.addEventListener("htmx:after:history:replace", mark);
  document.addEventListener("htmx:after:swap", mark);
  // What is put in by itself leaves a list alone that somebody is using.
  document.addEventListener("htmx:before:swap", (event) => {
    const { tasks, ctx } = event.detail;
    const field = document.querySelector("#search-field");
    if (ctx?.sourceElement === field) return;
    const inUse = field?.value || document.querySelector("#session-list details[open]");
    const place = tasks?.findIndex((task) => task.target?.id === "session-list") ?? -1;
    if (inUse && place >= 0 && !event.target.closest?.("#session-list")) tasks.splice(place, 1);
  });
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    if (!event.target.matches("form[method=post]:not([hx-post])")) return;
    ctx.selectOOB = "#session-list";
    ctx.push = "false";
    ctx.replace = "true";
  });
})();
