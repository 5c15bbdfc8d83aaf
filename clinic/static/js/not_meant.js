// The last motion was not meant: kept in the home log of who wears the arm.
import { newRequest, post } from "./api.js";
import { t, words } from "./i18n.js";

// Returns a sentence for people that says what was understood.
export async function markNotMeant(wearer_id) {
  const { motion } = await post(`/wearers/${wearer_id}/home-log/marks`, { request: newRequest() });
  return motion ? t("shell.not_meant.heard", { motion: words(motion) }) : t("shell.not_meant.heard_none");
}
