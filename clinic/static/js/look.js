// Light, dark, or as the system says.
export const LOOKS = ["system", "light", "dark"];

export const look = () => (LOOKS.includes(localStorage.getItem("look")) ? localStorage.getItem("look") : "system");

export function setLook(chosen) {
  localStorage.setItem("look", chosen);
  apply();
}

export function apply() {
  const chosen = look();
  if (chosen === "system") delete document.documentElement.dataset.look;
  else document.documentElement.dataset.look = chosen;
}
