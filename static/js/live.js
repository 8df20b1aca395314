// Keeps a tab up to date. A failed first connection to a live answer is retried with exponential backoff. A visible tab
// asks for updates every 10 seconds, and at once when another tab of this browser sent a form.
(() => {
  const tries = new WeakMap();
  const again = (event) => {
    const element = event.target;
    if (!element.matches?.("#live")) return;
    const status = event.detail.ctx?.response?.status;
    if (status && status < 500) return;
    const count = (tries.get(element) || 0) + 1;
    tries.set(element, count);
    setTimeout(() => element.isConnected && htmx.process(element, true), Math.min(500 * 2 ** (count - 1), 10000));
  };
  document.addEventListener("htmx:error", again);
  document.addEventListener("htmx:response:error", again);

  // Refresh the list while another chat in it is being answered, unless the list is filtered.
  const lookAtList = () => {
    const list = document.querySelector("#session-list");
    const rows = list?.querySelectorAll("a.row:not([aria-current]) .row-writing");
    if (!rows?.length || document.querySelector("#search-field").value) return;
    const current = list.querySelector("a.row[aria-current]")?.pathname.split("/").pop() ?? "";
    const address = document.querySelector("[data-new-chat]").pathname;
    htmx.ajax("GET", `${address}?current=${current}`, { target: "#session-list", swap: "innerHTML" });
  };

  const look = () => {
    if (!document.hidden) lookAtList();
    const end = document.querySelector(".end[hx-get]");
    // An update could replace the message that is being edited, so updates wait until the edit is sent or cancelled.
    if (document.querySelector(".editing")) return;
    if (end && !document.hidden && !end.querySelector("#live:not(.failed)")) htmx.trigger(end, "look");
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
  setInterval(look, 10000);

  // The reasoning that a reader has opened stays open when the answer ends.
  let hasOpened = false;
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.id === "live-thinking") hasOpened = event.target.open;
    },
    true,
  );
  document.addEventListener("htmx:after:swap", () => {
    if (!hasOpened || document.querySelector("#live-thinking")) return;
    hasOpened = false;
    const all = document.querySelectorAll("#minutes .minute.assistant:last-of-type .thoughts, .live.failed .thoughts");
    if (all.length) all[all.length - 1].open = true;
  });

  const channel = new BroadcastChannel("minutebook");
  channel.onmessage = look;
  document.addEventListener("htmx:after:request", (event) => {
    if (event.target.matches?.("form[hx-post]")) channel.postMessage("changed");
  });
})();
