// Keeps the bar of a job moving: asks for its state and loads the page again when the job has ended.
(() => {
  "use strict";
  const box = document.querySelector("[data-job-state][data-live]");
  if (!box) return;
  const part = (name) => box.querySelector(`[data-job="${name}"]`);
  const say = (name, text) => {
    const element = part(name);
    if (element && element.textContent !== text) element.textContent = text;
  };
  let told = "";
  let failures = 0;

  const show = (job) => {
    part("bar").value = job.percent;
    say("label", job.label);
    part("label").classList.toggle("accent", job.state === "running");
    say("stage", job.stage);
    say("percent", `${job.percent} %`);
    say("left", job.left);
    // A screen reader hears each new stage, not each percent.
    if (job.stage !== told) say("said", `${job.stage}, ${job.percent} %`);
    told = job.stage;
  };

  const ask = async () => {
    try {
      // no-cache: the browser asks with the ETag it has, and a 304 costs nothing.
      const answer = await fetch(box.dataset.jobState, { cache: "no-cache", headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const job = await answer.json();
      failures = 0;
      if (!job.live) return window.location.reload();
      show(job);
    } catch {
      failures += 1;
      if (failures === 3) say("left", "no news from the site; trying again");
    }
    window.setTimeout(ask, document.hidden ? 5000 : 1000 * Math.min(10, 1 + failures));
  };

  window.setTimeout(ask, 1000);
})();
