export { type LayoutBuses, layoutBuses, type UndrivenComponent } from "./layout_buses.ts";
export type {
  Layout,
  LayoutAliases,
  LayoutChannel,
  LayoutComponent,
  LayoutDerivedChannel,
  LayoutNode,
} from "./layout.ts";
export { DRIVEN_COMPONENT_TYPES, type LoadedLayout, loadLayout } from "./load_layout.ts";
export { FINDINGS_MAX, type LayoutProblem } from "./problem.ts";
