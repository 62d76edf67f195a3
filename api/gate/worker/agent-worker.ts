// The service worker of /agent.
import { keepOffline } from "../../web/offline";

keepOffline("/agent", "glaneur-agent-");
