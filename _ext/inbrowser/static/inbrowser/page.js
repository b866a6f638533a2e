/* On each page that runs in a browser: the button, and nothing else until it is pressed. */

document.querySelector(".inbrowser button").addEventListener("click", async ({ currentTarget: button }) => {
  const home = new URL(".", document.querySelector('script[src*="inbrowser/page.js"]').src);
  button.disabled = true;
  try {
    const { open } = await import(new URL("panel.js", home));
    await open(home, button.dataset.page, () => {
      button.disabled = false;
      button.focus();
    });
  } catch {
    button.disabled = false;
    const said = button.parentElement.querySelector("[role=status]");
    said.textContent = "The program that runs the machine could not be loaded. Are you online?";
  }
});
