// Says anew how long a rehearsal takes when its settings change, as `estimate_seconds` of the site reckons.
(() => {
  "use strict";
  const told = document.querySelector("[data-estimate]");
  const form = told?.closest("form");
  if (!form) return;
  const pace = JSON.parse(document.getElementById("pace").textContent);

  const about = (seconds) => {
    if (seconds < 5) return "a few seconds";
    if (seconds < 90) return `about ${Math.round(seconds)} s`;
    if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
    return `about ${(seconds / 3600).toFixed(1)} h`;
  };

  const tell = () => {
    const [seeds, shoppers, days] = ["seeds", "shoppers", "days"].map((name) => Number(form.elements[name].value));
    // No coupon and the observable yardstick are always among them.
    const chosen = form.querySelectorAll("[name=policies]:checked:not([value=observable])").length;
    const runs = seeds * (2 + chosen) + Math.min(seeds, pace.curve_seeds) * pace.curve_runs;
    const seconds = pace.start + runs * days * (pace.day + (pace.million * shoppers) / 1e6);
    if (Number.isFinite(seconds)) told.textContent = about(seconds);
  };

  form.addEventListener("input", tell);
})();
