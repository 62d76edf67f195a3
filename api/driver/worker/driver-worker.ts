// The service worker of /chauffeur.
import { keepOffline } from "../../web/offline";

keepOffline("/chauffeur", "glaneur-driver-");
