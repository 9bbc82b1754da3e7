import type { DescribeVendorReason, ExplainedRows } from '@carillon/planning'
import type { SimulationPorts } from '@carillon/routing'
import type { NotificationRef } from '../ports.ts'

export interface ExplainPorts {
  readExplanation(ref: NotificationRef): Promise<ExplainedRows | undefined>
  /** The channels' own sentences, loaded when somebody asks. */
  loadVendorReasons(): Promise<DescribeVendorReason>
  readonly simulation: SimulationPorts
}
