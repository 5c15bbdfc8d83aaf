// One sentence for people, read out by screen readers; goes away by itself.
let timer = 0;

export function say(sentence, lasts_ms = 8000) {
  const place = document.getElementById("said");
  place.textContent = sentence;
  clearTimeout(timer);
  timer = setTimeout(() => { place.textContent = ""; }, lasts_ms);
}
