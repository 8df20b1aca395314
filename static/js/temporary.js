// A temporary chat: the page alone has its messages. Leaving it asks first. Stop closes the connection, and what came
// stays on the page; so it does when the server is gone.
(() => {
  const $ = (selector) => document.querySelector(selector);
  const form = () => $("#composer.temporary");
  const hasMessages = () => Boolean(form() && $("[name=message][form=composer]"));
  const hasText = () => Boolean(form() && ($("#content")?.value.trim() || $("#minutes .pending")));
  const isLosing = () => hasMessages() || hasText();
  const question = () => `Leave the temporary chat? ${hasMessages() ? "Its messages are" : "What you typed is"} not stored and will be gone.`;

  // A page that is still here some seconds later was not left: the address was a download, or the server is gone.
  let isLeaving = false;
  let stays = null;
  const setLeaving = (leaves) => {
    isLeaving = leaves;
    clearTimeout(stays);
    if (leaves) stays = setTimeout(() => { isLeaving = false; }, 3000);
  };

  addEventListener("beforeunload", (event) => {
    if (!isLeaving && isLosing()) event.preventDefault();
  });
  document.addEventListener("htmx:after:history:push", () => setLeaving(false));
  for (const failure of ["htmx:error", "htmx:response:error"]) {
    document.addEventListener(failure, ({ target }) => { if (target.closest?.("a")) setLeaving(false); });
  }
  document.addEventListener("input", () => setLeaving(false));
  // A page that was left is empty when the browser brings it back from its cache.
  addEventListener("pageshow", ({ persisted }) => {
    setLeaving(persisted && Boolean(form()));
    if (isLeaving) location.replace(form().action);
  });

  // Whether a link shows something else in the place of this chat. One with `hx-get` changes a part of the page alone.
  const leaves = (link) => {
    if ((link.target && link.target !== "_self") || link.hasAttribute("download")) return false;
    if (!/^https?:$/.test(link.protocol)) return false;
    if (link.hasAttribute("hx-get")) {
      const part = link.getAttribute("hx-target") ?? "this";
      return Boolean((part === "this" ? link : $(part))?.contains(form()));
    }
    const [here, there] = [location.href, link.href].map((address) => address.split("#")[0]);
    return here !== there || !link.href.includes("#");
  };
  // Links of this page that open another chat without loading a document ask the same question.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (!isLosing() || !leaves(link)) return;
    if (confirm(question())) setLeaving(true);
    else {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  document.addEventListener("htmx:config:request", (event) => {
    if (event.target !== form()) return;
    const { request } = event.detail.ctx;
    const button = request.submitter;
    if (!button?.hasAttribute("formaction")) return;
    request.action = button.getAttribute("formaction");
    if (button.hasAttribute("data-keep") && $(".minute.writing")) event.preventDefault();
  });
  // What is typed and in no message: without the question that was to be edited, as the server says of a plain form.
  const unsent = () => {
    const text = $("#content").value;
    const [asked] = [...document.querySelectorAll("[name=message][form=composer]")].slice(-2).map((field) => JSON.parse(field.value).content);
    if (!$("#replaces")?.checked || !(text === asked || text.startsWith(`${asked}\n\n`))) return text;
    return text.slice(asked.length).replace(/^\n\n/, "");
  };
  // The chat is stored. What is typed is a draft of it from now on.
  document.addEventListener("htmx:after:request", (event) => {
    const address = event.target === form() && event.detail.ctx?.hx?.redirect;
    if (!address) return;
    setLeaving(true);
    const text = unsent();
    const name = `minutebook:draft:${document.body.dataset.user}:chat:${address.split("/").pop()}`;
    try { if (text.trim()) localStorage.setItem(name, JSON.stringify({ text, at: Date.now() })); } catch { /* It is full. */ }
  });

  let isStopped = false;
  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("[data-stop-here]")) return;
    isStopped = true;
    form().dispatchEvent(new CustomEvent("htmx:abort"));
  });

  const putBack = (live) => {
    const field = $("#content");
    const asked = JSON.parse(live.querySelector(".user [name=message]").value).content;
    field.value = [asked, field.value].filter((text) => text.trim()).join("\n\n");
    field.dispatchEvent(new CustomEvent("refilled", { bubbles: true }));
    field.focus();
  };
  const keepPart = (live) => {
    for (const id of live.dataset.replaced.split(" ")) if (id) document.getElementById(id)?.remove();
    live.querySelector(".replaces")?.remove();
    live.querySelector(`[data-when=${isStopped ? "stopped" : "broken"}]`).hidden = false;
    for (const article of live.querySelectorAll(".minute")) {
      article.id = `m-${article.dataset.number}`;
      article.classList.remove("writing");
      article.removeAttribute("aria-busy");
    }
    const thinking = live.querySelector("#live-thinking");
    if (!thinking.querySelector(".plain").textContent.trim()) thinking.remove();
    for (const element of live.querySelectorAll("[id^=live-]")) element.removeAttribute("id");
    const last = live.querySelector(".minute.assistant").dataset.number;
    live.replaceWith(...live.childNodes);
    if (!isAgain(live)) $("#composer-replaces").replaceChildren();
    $("#composer-state [name=expected_last_idx]").value = last - 1;
  };
  const isAgain = (live) => live.hasAttribute("data-again");
  const tell = (words) => {
    const sentence = document.createElement("p");
    sentence.className = "problem";
    sentence.textContent = words;
    $("#composer-problem").replaceChildren(sentence);
  };
  document.addEventListener("htmx:sse:close", (event) => {
    const live = event.target === form() && $("#live");
    if (live) {
      const hasPart = Boolean(live.querySelector("#live-carried [name=message]"));
      if (hasPart) keepPart(live);
      else {
        if (!isAgain(live)) putBack(live);
        live.remove();
      }
      $("#end").replaceChildren($("#after-break").content.cloneNode(true));
      $("#end").hidden = !hasMessages();
      $("#composer-action").replaceChildren($("#before-send").content.cloneNode(true));
      $("#composer-action .button").id = "composer-button";
      if (!isStopped && !$("#composer-problem").textContent.trim()) {
        tell(hasPart ? "The connection broke before the answer was complete. What came before is still here; Keep stores it as it is."
          : "The connection broke before an answer came. Please send the message again.");
      }
    }
    isStopped = false;
  });

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy-carried]");
    if (!button || !navigator.clipboard) return;
    await navigator.clipboard.writeText(JSON.parse(button.closest(".minute").querySelector("[name=message]").value).content);
    const words = button.firstChild;
    words.data = "Copied";
    setTimeout(() => { words.data = "Copy"; }, 1500);
  });
})();
