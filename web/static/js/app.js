/** Staff pages. */

import { watch } from "./parts.js";

watch();
