/** The only script of a report: the button that chooses light or dark. Without it the page follows the system. */
export const SCRIPT = `
(() => {
  const root = document.documentElement;
  const key = 'sonic-report-theme';
  const system = matchMedia('(prefers-color-scheme: dark)');
  const shown = () => root.dataset.theme || (system.matches ? 'dark' : 'light');
  const button = document.createElement('button');
  button.type = 'button';
  const name = () => {
    button.textContent = shown() === 'dark' ? 'Light style' : 'Dark style';
  };
  try {
    const kept = localStorage.getItem(key);
    if (kept === 'dark' || kept === 'light') root.dataset.theme = kept;
  } catch {}
  button.addEventListener('click', () => {
    root.dataset.theme = shown() === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem(key, root.dataset.theme);
    } catch {}
    name();
  });
  system.addEventListener('change', name);
  name();
  document.querySelector('body > header').append(button);
})();
`;
