// The composer: Enter sends, the field grows with its text, and the sent message is shown until the response arrives.
(() => {
  const grow = (field) => {
    if (CSS.supports("field-sizing", "content")) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  };

  const isTouch = () => matchMedia("(pointer: coarse)").matches;
  const tellKeys = () => {
    const note = document.querySelector("#composer-keys");
    if (!note || !isTouch()) return;
    note.textContent = "Enter starts a new line. The button sends.";
    note.className = "touch-note";
  };
  document.addEventListener("htmx:after:swap", tellKeys);
  tellKeys();

  for (const name of ["input", "refilled"]) {
    document.addEventListener(name, ({ target }) => { if (target.matches("textarea[data-enter]")) grow(target); });
  }

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    // In an input method (IME), Enter accepts a word. Some browsers report it only by the key code 229.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (!field.matches?.("textarea[data-enter]")) return;
    // A keyboard on the screen has no Shift+Enter: there Enter starts a new line, and the button sends.
    if (isTouch() && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    if (field.value.trim()) field.form.requestSubmit();
  });

  // The day, the numbers and the time are drawn as the response draws them, so that nothing moves when it comes.
  const drawPlace = (pending) => {
    const last = document.querySelector("#composer-state [name=expected_last_idx]");
    const days = document.querySelectorAll("#minutes .day span");
    if ([...days].at(-1)?.textContent === "Today") pending.querySelector(".day").remove();
    pending.querySelectorAll(".number").forEach((number, place) => { number.textContent = Number(last.value) + 2 + place; });
    const clock = pending.querySelector("time");
    clock.textContent = clock.dateTime = new Date().toTimeString().slice(0, 5);
  };

  document.addEventListener("htmx:before:request", (event) => {
    if (event.target.id !== "composer") return;
    const pending = event.target.querySelector("#pending").content.cloneNode(true);
    if (!event.target.elements.content.value.trim()) return;
    pending.querySelector(".plain").textContent = event.target.elements.content.value;
    drawPlace(pending);
    document.querySelector("#composer-problem").replaceChildren();
    document.querySelector("#minutes :is(.welcome, .first)")?.remove();
    document.querySelector("#minutes").append(pending);
    document.querySelector("#pane").scrollTop = 0;
    event.target.elements.content.readOnly = true;
  });

  const settle = () => {
    document.querySelector("#minutes .pending")?.remove();
    const field = document.querySelector("#composer textarea");
    if (field) field.readOnly = false;
  };
  document.addEventListener("htmx:before:swap", settle);
  document.addEventListener("htmx:error", (event) => {
    if (event.target.id !== "composer") return;
    settle();
    const sentence = document.createElement("p");
    sentence.className = "problem";
    sentence.textContent = "Minutebook cannot be reached. Your text is still here; send it again when the connection is back.";
    document.querySelector("#composer-problem").replaceChildren(sentence);
  });
})();
