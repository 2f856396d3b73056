/** Patient pages: the modules they name, and those nearly all of them need in the same file. */

import { provide } from "./boot.js";
import * as speak from "./speak.js";
import * as submit from "./submit.js";

provide("speak", speak);
provide("submit", submit);
