// Tells the mall what is clicked in its shop, to who said yes (docs/decisions/0121). Each event has an id of its own and
// waits in localStorage until the mall has confirmed it, so that a reload or a lost connection loses none and doubles none.
(() => {
  "use strict";
  const { to, watched, who = "" } = document.currentScript.dataset;
  const BEFORE = "capture:", COUNT = "capture#"; // one key an event: windows side by side do not overwrite each other
  const MOST = 200, BATCH = 50, SOON_MS = 2000, IDLE_MS = 20_000, LATEST_MS = 60_000, OLDEST_MS = 24 * 3_600_000;
  const DECISIONS = new Set(["add_to_cart", "cart_view", "idle", "exit_intent"]);
  const page = document.querySelector("[data-capture-kind]")?.dataset ?? {};

  const store = (() => {
    try {
      window.localStorage.setItem("capture?", "");
      window.localStorage.removeItem("capture?");
      return window.localStorage;
    } catch {
      // The browser keeps nothing: the queue lives as long as the page.
      const kept = new Map();
      return {
        key: (number) => [...kept.keys()][number] ?? null,
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => kept.set(key, value),
        removeItem: (key) => kept.delete(key),
        get length() { return kept.size; },
      };
    }
  })();

  const queue = () => {
    const keys = [];
    for (let number = 0; number < store.length; number += 1) {
      const key = store.key(number);
      if (key.startsWith(BEFORE)) keys.push(key);
    }
    return keys.sort();
  };
  const read = (key) => {
    try {
      return JSON.parse(store.getItem(key));
    } catch {
      return null; // somebody wrote over it: `clear` takes it away
    }
  };
  const forget = (keys) => keys.forEach((key) => store.removeItem(key));
  // The cookie is asked each time: it may have been changed in another window.
  const may = () => watched === "yes" && !navigator.globalPrivacyControl
    && (who !== "" || /(^|;\s*)consent=yes(;|$)/.test(document.cookie));

  const idOf = () => crypto.randomUUID?.()
    ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  let number = 0, timer = 0, due = Infinity, failures = 0, flight = 0, underWay = new Set();

  const send = async () => {
    window.clearTimeout(timer);
    due = Infinity;
    if (!may()) return forget(queue());
    if (underWay.size || navigator.onLine === false) return; // its end, or `online`, comes back here
    const keys = queue().slice(0, BATCH);
    if (!keys.length) return;
    const mine = (flight += 1);
    underWay = new Set(keys);
    let wait = 0;
    try {
      // keepalive: what is sent while a form is sent too arrives although the page goes.
      const answer = await fetch(to, {
        method: "POST", keepalive: true, redirect: "error", signal: AbortSignal.timeout?.(15_000),
        headers: { "Content-Type": "application/json" }, body: bodyOf(keys),
      });
      failures = 0;
      if (answer.status === 429 || answer.status >= 500) wait = 1000 * (Number(answer.headers.get("Retry-After")) || 5);
      else forget(keys); // kept; or refused for good, which a second try does not change
      if (answer.ok) offer(answer);
    } catch {
      failures += 1;
      wait = Math.min(LATEST_MS, 1000 * 2 ** failures) * (0.75 + Math.random() / 2);
    }
    if (mine !== flight) return; // the page was left and came back meanwhile
    underWay = new Set();
    if (wait) later(wait);
    else if (queue().length) send();
  };

  // offer.js shows it; a page that is left before the answer is read is followed by one that asks for it.
  const offer = (answer) => answer.json()
    .then((told) => document.dispatchEvent(new CustomEvent("mall:offer", { detail: told.offer })))
    .catch(() => {});

  const bodyOf = (keys) => {
    const events = keys.map((key) => read(key)?.event).filter(Boolean);
    return JSON.stringify({ sent_at: Date.now(), events });
  };

  const later = (wait) => {
    if (Date.now() + wait >= due) return;
    window.clearTimeout(timer);
    due = Date.now() + wait;
    timer = window.setTimeout(send, wait);
  };

  const tell = (kind, product, category, quantity, words) => {
    if (!may()) return forget(queue());
    const at = Date.now(), id = idOf();
    const event = { event_id: id, kind, occurred_at: at };
    if (product) event.product_id = product;
    if (category) event.category = category;
    if (quantity) event.quantity = quantity;
    if (words) event.words = [...words].slice(0, 80).join(""); // counted by day, and kept with no name
    const kept = queue();
    if (kept.length >= MOST) forget(kept.slice(0, kept.length - MOST + 1)); // the oldest make room
    number += 1;
    const count = (Number(store.getItem(COUNT)) || 0) + 1;
    try {
      store.setItem(`${BEFORE}${at}:${String(number).padStart(6, "0")}:${id}`, JSON.stringify({ who, event }));
      store.setItem(COUNT, String(count % 5));
    } catch {
      return; // the browser's room is full: this event is lost, the shop goes on
    }
    if (failures) later(LATEST_MS); // the road is cut: the next try is on its way, or `online` wakes it
    else if (DECISIONS.has(kind) || count % 5 === 0) send();
    else later(SOON_MS);
  };

  // What waits too long would be dated wrongly; what somebody else did in this browser is not told in her name.
  const clear = () => forget(queue().filter((key) => {
    const kept = read(key);
    return !may() || !kept?.event || (kept.who && kept.who !== who) || !(Date.now() - kept.event.occurred_at < OLDEST_MS);
  }));

  // ---- what is noticed ------------------------------------------------------------------------------

  let ours = false, posted = false, gone = false, exited = false, idle = 0;

  const exit = () => {
    if (exited || !page.captureKind) return;
    exited = true; // once for each time that a page is shown
    tell("exit_intent", page.captureProduct, page.captureCategory);
  };
  const rest = () => {
    window.clearTimeout(idle);
    idle = document.hidden || !page.captureKind
      ? 0 : window.setTimeout(() => tell("idle", page.captureProduct, page.captureCategory), IDLE_MS);
  };
  const show = () => {
    ours = posted = gone = exited = false;
    flight += 1;
    underWay = new Set();
    clear();
    if (page.captureKind) tell(page.captureKind, page.captureProduct, page.captureCategory, 0, page.captureWords);
    else send();
    rest();
  };

  const submitted = (form) => {
    const kind = form.dataset.capture;
    if (!kind) return;
    const value = (name) => form.elements.namedItem(name)?.value;
    const before = Number(form.dataset.captureBefore) || 0;
    const after = kind === "change" ? Number(value("quantity")) - before : 0;
    if (kind !== "change") tell(kind, value("product_id"), "", Number(value("quantity")) || before || 1);
    else if (after) tell(after > 0 ? "add_to_cart" : "remove_from_cart", value("product_id"), "", Math.abs(after));
  };

  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    ours = true;
    submitted(event.target);
    posted = event.target.method === "post";
    if (posted) send(); // now: she may be somebody else when the page goes, having logged in or out
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (link && !(event.ctrlKey || event.metaKey || event.shiftKey || link.target)) ours = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "F5" || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "r")) ours = true; // a reload
  });
  document.documentElement.addEventListener("mouseleave", (event) => {
    if (event.clientY <= 0) exit();
  });
  for (const kind of ["pointerdown", "pointermove", "keydown", "scroll"]) {
    window.addEventListener(kind, rest, { passive: true });
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && !gone) exit(); // another tab; a page that is left was told `pagehide` first
    rest();
  });
  window.addEventListener("pagehide", () => {
    gone = true;
    const inFlight = underWay;
    underWay = new Set(["the page is left: nothing more is fetched"]);
    if (!ours) exit(); // by the back button, or for good
    const left = may() && !posted ? queue().filter((key) => !inFlight.has(key)).slice(0, BATCH) : [];
    // A beacon has no answer: the next page sends them again, and the mall knows their ids.
    if (left.length) navigator.sendBeacon(to, new Blob([bodyOf(left)], { type: "application/json" }));
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) show();
  });
  window.addEventListener("online", () => {
    failures = 0;
    send();
  });

  if (document.prerendering) document.addEventListener("prerenderingchange", show, { once: true });
  else show();
})();
