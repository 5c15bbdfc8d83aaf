// The page of those who have not signed in: nothing else of the clinic is loaded.
import { language } from "../js/i18n.js";
import { show } from "./sign_in.js";

document.documentElement.lang = language();
await show(document.getElementById("content"));
