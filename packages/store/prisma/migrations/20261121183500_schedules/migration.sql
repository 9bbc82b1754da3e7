CREATE TABLE "Schedule" (
  "tenantId" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "cron" TEXT NOT NULL,
  "timeZone" TEXT NOT NULL,
  "event" JSON NOT NULL,
  "onMissed" TEXT NOT NULL,
  "isPaused" BOOLEAN NOT NULL DEFAULT false,
  "nextRunAt" TIMESTAMPTZ(3),
  "lastRunAt" TIMESTAMPTZ(3),
  "lastEventId" TEXT,
  "missedRuns" INTEGER NOT NULL DEFAULT 0,
  "lastMissedAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Schedule_pkey" PRIMARY KEY ("tenantId", "id")
);
CREATE INDEX "Schedule_nextRunAt_idx" ON "Schedule" ("nextRunAt") WHERE "nextRunAt" IS NOT NULL AND NOT "isPaused";
