// The reader's place stays when a part of the transcript is replaced: the first block on the screen is where it was.
// Who is at the newest message stays there. A link leads back to it from far above.
(() => {
  const pane = () => document.querySelector("#pane");
  // The pane scrolls from its end, so `scrollTop` is 0 at the newest message and negative above it.
  const isAtNewest = (box) => box.scrollTop > -1;
  const inView = (box, elements) => {
    const { top } = box.getBoundingClientRect();
    return [...elements].find((element) => element.getBoundingClientRect().bottom > top + 1);
  };
  const numberOf = (article) => article.dataset.number ?? article.id.slice(2);
  const blocksOf = (article) => article.querySelectorAll(".prose > *, .plain");

  const takePlace = (box) => {
    const articles = box.querySelectorAll(".minute");
    const article = isAtNewest(box) ? null : inView(box, articles);
    if (!article) return null;
    const blocks = [...blocksOf(article)];
    const block = inView(box, blocks);
    const mark = block ?? article;
    return {
      box,
      number: numberOf(article),
      isLive: Boolean(article.closest("#live")),
      index: blocks.indexOf(block),
      text: block?.textContent,
      top: mark.getBoundingClientRect().top,
    };
  };
  // A live message and the one that it will replace have the same number.
  const find = (place) => {
    const live = place.box.querySelector(`#live [data-number="${place.number}"]`);
    const finished = place.box.querySelector(`#m-${place.number}`);
    const article = place.isLive ? live ?? finished : finished ?? live;
    if (!article || place.index < 0) return article;
    const blocks = [...blocksOf(article)];
    const same = blocks[place.index];
    return same?.textContent === place.text ? same : blocks.find((block) => block.textContent === place.text) ?? same ?? article;
  };
  const restore = (place) => {
    const mark = place.box.isConnected ? find(place) : null;
    if (!mark) return;
    const moved = mark.getBoundingClientRect().top - place.top;
    if (Math.abs(moved) >= 0.5) place.box.scrollTop += moved;
  };

  let place = null;
  document.addEventListener("htmx:before:swap", ({ detail }) => {
    const box = pane();
    const changes = detail.tasks?.some(({ target }) => target?.closest?.("#minutes"));
    place = box && changes ? takePlace(box) : null;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (place) {
      const kept = place;
      restore(kept);
      // Messages that come into view get their real heights in the next frame.
      const { scrollTop } = kept.box;
      requestAnimationFrame(() => { if (Math.abs(kept.box.scrollTop - scrollTop) < 1) restore(kept); });
    }
    place = null;
    show();
  });

  const show = () => {
    const link = document.querySelector("#to-newest");
    const box = pane();
    if (!link || !box) return;
    const isFar = -box.scrollTop > box.clientHeight / 2 || Boolean(document.querySelector("#later"));
    if (link.hidden && isFar) link.hidden = false;
    else if (!link.hidden && !isFar) {
      if (document.activeElement === link) box.focus({ preventScroll: true });
      link.hidden = true;
    }
    const words = document.querySelector("#live:not(.failed)") ? "Writing…" : "To the newest";
    if (link.firstElementChild.textContent !== words) link.firstElementChild.textContent = words;
  };
  document.addEventListener("scroll", ({ target }) => { if (target.id === "pane") show(); }, true);
  addEventListener("resize", show);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#to-newest");
    // Without the newest messages on the page, the link opens the chat at its end.
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || document.querySelector("#later")) return;
    event.preventDefault();
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    pane().scrollTo({ top: 0, behavior: isCalm ? "auto" : "smooth" });
  });
  show();
})();
