CREATE TABLE "Fanout" (
  "id" UUID NOT NULL,
  "tenantId" TEXT NOT NULL,
  "eventId" TEXT NOT NULL,
  "status" TEXT NOT NULL,
  "reason" TEXT,
  "detail" TEXT,
  "event" JSONB,
  "rule" JSONB,
  "fingerprint" TEXT NOT NULL,
  "traceparent" TEXT,
  "acceptedAt" TIMESTAMPTZ(3) NOT NULL,
  "cursor" TEXT NOT NULL DEFAULT '',
  "resolved" INTEGER NOT NULL DEFAULT 0,
  "total" INTEGER,
  "owner" UUID,
  "leaseUntil" TIMESTAMPTZ(3),
  "failures" SMALLINT NOT NULL DEFAULT 0,
  "dueAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "endedAt" TIMESTAMPTZ(3),
  CONSTRAINT "Fanout_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "Fanout_status_check" CHECK ("status" IN ('PROCESSING', 'PAUSED', 'COMPLETED', 'CANCELLED', 'FAILED'))
);
CREATE UNIQUE INDEX "Fanout_tenantId_eventId_key" ON "Fanout" ("tenantId", "eventId");
CREATE INDEX "Fanout_dueAt_idx" ON "Fanout" ("dueAt") WHERE "dueAt" IS NOT NULL;

CREATE TABLE "TopicSubscriber" (
  "tenantId" TEXT NOT NULL,
  "topic" TEXT NOT NULL,
  "userId" TEXT NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "TopicSubscriber_pkey" PRIMARY KEY ("tenantId", "topic", "userId")
);
-- Export and erasure ask by person.
CREATE INDEX "TopicSubscriber_tenantId_userId_idx" ON "TopicSubscriber" ("tenantId", "userId");

CREATE TABLE "Segment" (
  "tenantId" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "name" TEXT,
  "rule" JSONB NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Segment_pkey" PRIMARY KEY ("tenantId", "code")
);

-- For audiences that are few among many; an audience of many is read along the primary key.
CREATE INDEX "User_roles_idx" ON "User" USING GIN ("roles");
CREATE INDEX "User_attributes_idx" ON "User" USING GIN ("attributes" jsonb_path_ops);
