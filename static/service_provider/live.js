// Keeps the live mall live: asks every two seconds while somebody looks, and writes only what has changed.
(() => {
  "use strict";
  const box = document.querySelector("[data-live]");
  if (!box) return;
  const body = box.querySelector("[data-live-body]");
  const badge = box.querySelector("[data-live-state]");
  const told = box.querySelector("[data-live-said]");
  const EVERY_MS = 2000, SLOWEST_MS = 10_000, SAID_EVERY_MS = 60_000;
  let tag = "", failures = 0, timer = 0, under = false, saidAt = Date.now();

  const write = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };
  const state = (text, kind) => {
    write(badge, text);
    badge.className = `badge ${kind}`;
  };
  const say = (text) => write(told, text);

  const parts = (root) => new Map([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  const leaves = (part) => [...part.querySelectorAll(".head, .stat, .note, .soft, table, script")];
  const renew = (canvas) => canvas.dispatchEvent(new CustomEvent("chart:renew", { bubbles: true }));

  // Leaf by leaf, so that a table stays open, a chart does not jump and a focus is not lost.
  const patch = (old, fresh) => {
    const [before, after] = [leaves(old), leaves(fresh)];
    if (before.length !== after.length) {
      old.innerHTML = fresh.innerHTML;
      return old.querySelectorAll("canvas").forEach(renew);
    }
    let drawn = false;
    before.forEach((leaf, place) => {
      if (leaf.innerHTML === after[place].innerHTML) return;
      leaf.innerHTML = after[place].innerHTML;
      drawn ||= leaf.tagName === "SCRIPT";
    });
    if (!drawn) return;
    const canvas = old.querySelector("canvas");
    canvas.setAttribute("aria-label", fresh.querySelector("canvas").getAttribute("aria-label"));
    renew(canvas);
  };

  const show = (answer) => {
    const page = new DOMParser().parseFromString(answer.html, "text/html");
    const [old, fresh] = [parts(body), parts(page)];
    if ([...old.keys()].join() === [...fresh.keys()].join()) {
      for (const [key, part] of fresh) patch(old.get(key), part);
    } else {
      body.replaceChildren(...page.body.childNodes);
      body.querySelectorAll("canvas").forEach(renew);
    }
    write(box.querySelector("[data-live-as-of]"), answer.as_of);
    if (Date.now() - saidAt > SAID_EVERY_MS) {
      saidAt = Date.now();
      say(answer.said); // once a minute: a screen reader has other things to say
    }
  };

  const lost = (text) => {
    failures += 1;
    if (failures === 1) say(text);
    state(text, "bad");
  };

  const ask = async () => {
    window.clearTimeout(timer);
    if (under || document.hidden) return;
    under = true;
    try {
      const answer = await fetch(box.dataset.live, {
        cache: "no-store", redirect: "manual", signal: AbortSignal.timeout?.(10_000),
        headers: { Accept: "application/json", ...(tag && { "If-None-Match": tag }) },
      });
      if (answer.type === "opaqueredirect" || answer.status === 403) {
        lost("logged out: load the page again");
      } else {
        if (answer.status !== 304 && !answer.ok) throw new Error(String(answer.status));
        if (answer.ok) show(await answer.json());
        tag = answer.headers.get("ETag") ?? "";
        if (failures) say("connected again");
        failures = 0;
        state("live", "good");
      }
    } catch {
      lost("not connected");
    }
    under = false;
    timer = window.setTimeout(ask, Math.min(SLOWEST_MS, EVERY_MS * (1 + failures)));
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      window.clearTimeout(timer);
      state("paused", "");
    } else ask();
  });
  state("live", "good");
  timer = window.setTimeout(ask, EVERY_MS);
})();
