// The party's page works without scripts; these only bring the picture viewer to life.
import "./page.js";
import { viewersIn } from "./viewer.js";

viewersIn(document);
