// Scans the code of a coupon where the browser can read barcodes. Without it, or without a camera, codes are typed.
(() => {
  "use strict";
  const box = document.querySelector("[data-scan]");
  if (!box || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const field = document.getElementById(box.dataset.scan);
  const [button, video, told] = ["button", "video", "p"].map((name) => box.querySelector(name));
  let stream = null;

  function stop() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
    button.textContent = "Scan with the camera";
  }

  async function look(detector) {
    while (stream) {
      const found = video.readyState >= 2 ? await detector.detect(video) : [];
      if (found.length) {
        field.value = found[0].rawValue;
        told.textContent = "Scanned. Enter the basket now.";
        stop();
        const next = document.querySelector(".line select");
        if (next) next.focus();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }

  async function start() {
    try {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      button.textContent = "Stop";
      told.textContent = "Hold the shopper's code before the camera.";
      await video.play();
      await look(detector);
    } catch (error) {
      stop();
      told.textContent = "The camera cannot be used. Type the code, please.";
    }
  }

  button.addEventListener("click", () => (stream ? stop() : start()));
  window.addEventListener("pagehide", stop);
  box.hidden = false;
})();
