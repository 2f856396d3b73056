/** What stands beside a call, and prints itself anew: fetched before the htmx that brings it. */

import { watch } from "./parts.js";

watch();
