/** Patient pages: the modules they name, and the one nearly all of them need in the same file. */

import { provide } from "./boot.js";
import * as submit from "./submit.js";

provide("submit", submit);
