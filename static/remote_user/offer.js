// Shows a coupon that the mall offers at the foot of the page, and tells the mall that it was seen or is not wanted.
// What is offered comes with the answer to her events (capture.js), and with the page when it came too late for the last.
(() => {
  "use strict";
  const { ask, tell, wallet, later } = document.currentScript.dataset;
  const place = document.getElementById("offer");
  const SEEN_MS = 2000, LATER_MS = 2000;
  let shown = 0, asking = 0;

  // Where it fails, the mall takes it for unseen and it is shown once more.
  const told = (id, what) => fetch(tell, {
    method: "POST", keepalive: true, headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ coupon_id: id, what }),
  }).catch(() => {});

  // Seen is what stood before her for a while, on a page that she had open.
  const seen = (id, stands) => window.setTimeout(() => {
    if (document.hidden) document.addEventListener("visibilitychange", () => seen(id, stands), { once: true });
    else if (stands()) told(id, "seen");
  }, SEEN_MS);

  const made = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text, ...more });

  const card = (offer) => {
    const section = made("section", "", { className: "card offer" });
    const row = made("div", "", { className: "row" });
    const away = made("button", "Not now", { type: "button", className: "quiet" });
    const why = offer.why ? ` You got it ${offer.why}.` : "";
    section.setAttribute("aria-labelledby", "offer-head");
    row.append(made("a", "See the coupon", { className: "button", href: `${wallet}#coupon-${offer.coupon_id}` }), away);
    section.append(
      made("h2", "A coupon for you", { id: "offer-head" }), made("p", offer.what, { className: "offer-what" }),
      made("p", `Until ${offer.until_text}.${why}`, { className: "soft" }), row,
    );
    const close = () => {
      const held = section.contains(document.activeElement);
      section.remove();
      told(offer.coupon_id, "dismissed");
      if (held) Object.assign(document.getElementById("main"), { tabIndex: -1 }).focus();
    };
    away.addEventListener("click", close);
    section.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    return section;
  };

  const show = (offer) => {
    if (!offer || offer.coupon_id === shown || document.querySelector(`[data-offer="${Number(offer.coupon_id)}"]`)) return;
    shown = offer.coupon_id;
    const section = card(offer);
    place.replaceChildren(section);
    seen(shown, () => section.isConnected);
  };

  const look = async () => {
    window.clearTimeout(asking);
    try {
      const answer = await fetch(ask, { headers: { Accept: "application/json" } });
      if (answer.ok) show((await answer.json()).offer);
    } catch {
      // No connection, or the page was left: the next page asks again.
    }
  };

  const begin = () => {
    for (const one of document.querySelectorAll("[data-offer-new]")) seen(Number(one.dataset.offer), () => one.isConnected);
    look();
  };

  document.addEventListener("mall:offer", (event) => {
    show(event.detail);
    if (later !== "yes" || event.detail) return; // decided at once, or not at all
    window.clearTimeout(asking);
    asking = window.setTimeout(look, LATER_MS);
  });
  if (document.prerendering) document.addEventListener("prerenderingchange", begin, { once: true });
  else begin();
})();
