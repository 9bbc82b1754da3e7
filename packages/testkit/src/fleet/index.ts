export { type AppName, type Fleet, type FleetOptions, openFleet } from './fleet.ts'
export { type FleetProcess, startFleetProcess } from './fleet-process.ts'
