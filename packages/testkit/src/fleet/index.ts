export { type AppName, type Fleet, type FleetOptions, openFleet } from './fleet.ts'
