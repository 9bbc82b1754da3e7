export const infrastructureNames = ['embedded', 'kafka', 'containers'] as const

export type InfrastructureName = (typeof infrastructureNames)[number]
