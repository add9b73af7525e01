// The browser makes the paper, or the PDF.
document.querySelector("[data-print]").addEventListener("click", () => window.print());
