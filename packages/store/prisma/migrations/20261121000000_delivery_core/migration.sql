CREATE TYPE "delivery_status" AS ENUM ('SCHEDULED', 'PENDING', 'SENDING', 'UNKNOWN', 'SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED');

CREATE TABLE "Event" (
  "tenantId" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "category" TEXT NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "reason" TEXT,
  "cancelKey" TEXT,
  "recipientCount" INTEGER,
  "notificationCount" INTEGER NOT NULL DEFAULT 0,
  "acceptedAt" TIMESTAMPTZ(3) NOT NULL,
  "plannedAt" TIMESTAMPTZ(3),
  "traceparent" TEXT,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Event_pkey" PRIMARY KEY ("tenantId", "id")
);

CREATE TABLE "Notification" (
  "id" UUID NOT NULL,
  "tenantId" TEXT NOT NULL,
  "recipientId" TEXT NOT NULL,
  "eventId" TEXT,
  "groupId" TEXT,
  "type" TEXT,
  "category" TEXT,
  "priority" TEXT,
  "strategy" TEXT,
  "lane" TEXT,
  "title" TEXT,
  "message" TEXT,
  "content" JSONB,
  "templateCode" TEXT,
  "templateVersion" INTEGER,
  "metadata" JSONB,
  "contact" JSONB,
  "locale" TEXT,
  "ladder" JSONB,
  "decisions" JSONB,
  "stopOn" TEXT,
  "collapseKey" TEXT,
  "inInbox" BOOLEAN NOT NULL DEFAULT false,
  "traceparent" TEXT,
  "readAt" TIMESTAMPTZ(3),
  "seenAt" TIMESTAMPTZ(3),
  "acknowledgedAt" TIMESTAMPTZ(3),
  "cancelledAt" TIMESTAMPTZ(3),
  "archivedAt" TIMESTAMPTZ(3),
  "snoozedUntil" TIMESTAMPTZ(3),
  "expiresAt" TIMESTAMPTZ(3),
  "plannedAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Notification_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "Notification_tenantId_recipientId_createdAt_idx" ON "Notification" ("tenantId", "recipientId", "createdAt" DESC);
CREATE INDEX "Notification_eventId_idx" ON "Notification" ("eventId");
CREATE INDEX "Notification_groupId_idx" ON "Notification" ("groupId") WHERE "groupId" IS NOT NULL;
-- Stubs are few: a planned row never enters this index.
CREATE INDEX "Notification_stubs_idx" ON "Notification" ("createdAt") WHERE "plannedAt" IS NULL;

CREATE TABLE "NotificationDelivery" (
  "id" UUID NOT NULL,
  "notificationId" UUID NOT NULL,
  "tenantId" TEXT NOT NULL,
  "recipientId" TEXT NOT NULL,
  "channel" TEXT NOT NULL,
  "step" SMALLINT NOT NULL DEFAULT 0,
  "replay" SMALLINT NOT NULL DEFAULT 0,
  "status" "delivery_status" NOT NULL,
  "lane" TEXT NOT NULL,
  "scheduledFor" TIMESTAMPTZ(3),
  "dueAt" TIMESTAMPTZ(3),
  "expiresAt" TIMESTAMPTZ(3) NOT NULL,
  "attemptCount" SMALLINT NOT NULL DEFAULT 0,
  "maxAttempts" SMALLINT NOT NULL DEFAULT 3,
  "resends" SMALLINT NOT NULL DEFAULT 0,
  "possiblySent" BOOLEAN NOT NULL DEFAULT false,
  "atMostOnce" BOOLEAN NOT NULL DEFAULT false,
  "fence" INTEGER NOT NULL DEFAULT 0,
  "leaseUntil" TIMESTAMPTZ(3),
  "dispatchId" UUID,
  "stopOn" TEXT,
  "stopRequestedAt" TIMESTAMPTZ(3),
  "provider" TEXT,
  "reason" TEXT,
  "error" TEXT,
  "sentAt" TIMESTAMPTZ(3),
  "deliveredAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "NotificationDelivery_pkey" PRIMARY KEY ("id")
) WITH (fillfactor = 50);
CREATE INDEX "NotificationDelivery_notificationId_idx" ON "NotificationDelivery" ("notificationId");
-- Nearly every row has no dueAt for all its life, so this index stays small and status changes stay HOT.
CREATE INDEX "NotificationDelivery_dueAt_idx" ON "NotificationDelivery" ("dueAt") WHERE "dueAt" IS NOT NULL;

CREATE TABLE "DeliveryAttempt" (
  "deliveryId" UUID NOT NULL,
  "number" INTEGER NOT NULL,
  "fence" INTEGER NOT NULL,
  "provider" TEXT,
  "providerMessageId" TEXT,
  "addressHash" TEXT,
  "outcome" TEXT,
  "reason" TEXT,
  "error" TEXT,
  "receiptRank" SMALLINT NOT NULL DEFAULT 0,
  "startedAt" TIMESTAMPTZ(3) NOT NULL,
  "endedAt" TIMESTAMPTZ(3),
  CONSTRAINT "DeliveryAttempt_pkey" PRIMARY KEY ("deliveryId", "number")
) WITH (fillfactor = 70);

CREATE TABLE "Dispatch" (
  "id" UUID NOT NULL,
  "channel" TEXT NOT NULL,
  "lane" TEXT NOT NULL,
  "parts" JSON NOT NULL,
  "looks" INTEGER NOT NULL DEFAULT 0,
  "dueAt" TIMESTAMPTZ(3) NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Dispatch_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "Dispatch_dueAt_idx" ON "Dispatch" ("dueAt");

CREATE TABLE "Outbox" (
  "id" UUID NOT NULL,
  "topic" TEXT NOT NULL,
  "records" JSON NOT NULL,
  "takenAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Outbox_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "Outbox_createdAt_idx" ON "Outbox" ("createdAt");

CREATE TABLE "Receipt" (
  "id" UUID NOT NULL,
  "provider" TEXT NOT NULL,
  "providerEventId" TEXT NOT NULL,
  "providerMessageId" TEXT,
  "deliveryId" UUID,
  "attempt" INTEGER,
  "kind" TEXT NOT NULL,
  "rank" SMALLINT NOT NULL,
  "reason" TEXT,
  "address" TEXT,
  "payload" JSONB NOT NULL,
  "looks" INTEGER NOT NULL DEFAULT 0,
  "dueAt" TIMESTAMPTZ(3),
  "appliedAt" TIMESTAMPTZ(3),
  "result" TEXT,
  "receivedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Receipt_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Receipt_provider_providerEventId_key" ON "Receipt" ("provider", "providerEventId");
CREATE INDEX "Receipt_dueAt_idx" ON "Receipt" ("dueAt") WHERE "dueAt" IS NOT NULL;
-- Only providers that cannot carry our own id are matched by theirs.
CREATE INDEX "DeliveryAttempt_providerMessageId_idx" ON "DeliveryAttempt" ("providerMessageId") WHERE "providerMessageId" IS NOT NULL;

CREATE TABLE "HeldEvent" (
  "id" UUID NOT NULL,
  "tenantId" TEXT NOT NULL,
  "eventId" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "cancelKey" TEXT,
  "state" TEXT NOT NULL,
  "event" JSONB,
  "traceparent" TEXT,
  "acceptedAt" TIMESTAMPTZ(3) NOT NULL,
  "releaseAt" TIMESTAMPTZ(3),
  "dueAt" TIMESTAMPTZ(3),
  "releasedAt" TIMESTAMPTZ(3),
  "decidedBy" TEXT,
  "decidedAt" TIMESTAMPTZ(3),
  "reason" TEXT,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "HeldEvent_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "HeldEvent_state_check" CHECK ("state" IN ('WAITING', 'RELEASING', 'RELEASED', 'CANCELLED', 'REJECTED'))
);
CREATE UNIQUE INDEX "HeldEvent_tenantId_eventId_key" ON "HeldEvent" ("tenantId", "eventId");
-- A key names one live event; those that it once named stay for the record.
CREATE UNIQUE INDEX "HeldEvent_tenantId_cancelKey_key" ON "HeldEvent" ("tenantId", "cancelKey")
  WHERE "cancelKey" IS NOT NULL AND "state" IN ('WAITING', 'RELEASING', 'RELEASED');
CREATE INDEX "HeldEvent_dueAt_idx" ON "HeldEvent" ("dueAt") WHERE "dueAt" IS NOT NULL;

CREATE TABLE "ChannelStatus" (
  "channel" TEXT NOT NULL,
  "providers" JSONB NOT NULL,
  "simulated" BOOLEAN NOT NULL DEFAULT false,
  "paused" BOOLEAN NOT NULL DEFAULT false,
  "stopped" TEXT,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "ChannelStatus_pkey" PRIMARY KEY ("channel")
);

CREATE TABLE "Tenant" (
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "timeZone" TEXT,
  "locale" TEXT,
  "settings" JSONB NOT NULL DEFAULT '{}',
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Tenant_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "Category" (
  "tenantId" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "mandatoryChannels" TEXT[],
  "defaultChannels" TEXT[],
  "ladder" JSONB,
  "preferences" JSONB,
  "usefulSeconds" INTEGER,
  "atMostOnce" BOOLEAN NOT NULL DEFAULT false,
  "digest" JSONB,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Category_pkey" PRIMARY KEY ("tenantId", "code")
);

CREATE TABLE "User" (
  "tenantId" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "email" TEXT,
  "phone" TEXT,
  "roles" TEXT[],
  "attributes" JSONB NOT NULL DEFAULT '{}',
  "locale" TEXT,
  "timeZone" TEXT,
  "preferences" JSONB NOT NULL DEFAULT '{}',
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "User_pkey" PRIMARY KEY ("tenantId", "id")
);

CREATE TABLE "Suppression" (
  "tenantId" TEXT NOT NULL,
  "channel" TEXT NOT NULL,
  "addressHash" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "deliveryId" UUID,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Suppression_pkey" PRIMARY KEY ("tenantId", "channel", "addressHash")
);

CREATE TABLE "ApiKey" (
  "id" TEXT NOT NULL,
  "tenantId" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "secretHash" TEXT NOT NULL,
  "scopes" TEXT[],
  "expiresAt" TIMESTAMPTZ(3),
  "revokedAt" TIMESTAMPTZ(3),
  "lastUsedAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "ApiKey_tenantId_idx" ON "ApiKey" ("tenantId");

CREATE TABLE "IdempotencyKey" (
  "tenantId" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "eventId" TEXT NOT NULL,
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "IdempotencyKey_pkey" PRIMARY KEY ("tenantId", "key")
);
CREATE INDEX "IdempotencyKey_createdAt_idx" ON "IdempotencyKey" ("createdAt");

INSERT INTO "Tenant" ("id", "name") VALUES ('default', 'Default');

-- Refuses every move outside the table of states. The WHEN clause lets the moves of normal running pass without a call;
-- whatever reaches the function is refused, so the two cannot drift apart.
CREATE FUNCTION "refuseDeliveryMove"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'delivery % may not move from % to %', OLD."id", OLD."status", NEW."status"
    USING ERRCODE = 'CA001', HINT = 'Every move is listed in docs/delivery.md, "States".';
END $$;

CREATE TRIGGER "NotificationDelivery_moves" BEFORE UPDATE OF "status" ON "NotificationDelivery"
FOR EACH ROW WHEN (
  NOT CASE OLD."status"
    WHEN 'SCHEDULED' THEN NEW."status" IN ('SCHEDULED', 'PENDING', 'CANCELLED', 'EXPIRED', 'SUPPRESSED', 'SENT', 'FAILED', 'DELIVERED')
    WHEN 'PENDING' THEN NEW."status" IN ('PENDING', 'SENDING', 'SCHEDULED', 'CANCELLED', 'EXPIRED', 'SUPPRESSED', 'SENT', 'FAILED', 'DELIVERED')
    WHEN 'SENDING' THEN NEW."status" IN ('SENDING', 'SENT', 'FAILED', 'SCHEDULED', 'CANCELLED', 'EXPIRED', 'UNKNOWN', 'DELIVERED')
    WHEN 'UNKNOWN' THEN NEW."status" IN ('UNKNOWN', 'SENT', 'DELIVERED', 'SCHEDULED', 'FAILED', 'CANCELLED', 'EXPIRED')
    WHEN 'SENT' THEN NEW."status" IN ('SENT', 'DELIVERED', 'FAILED')
    ELSE NEW."status" = OLD."status"
  END
)
EXECUTE FUNCTION "refuseDeliveryMove"();

-- A final row leaves only by clean-up, and no row is born in the middle of its way.
CREATE TRIGGER "NotificationDelivery_births" BEFORE INSERT ON "NotificationDelivery"
FOR EACH ROW WHEN (
  NOT (NEW."status" IN ('PENDING', 'SCHEDULED', 'SUPPRESSED', 'EXPIRED', 'CANCELLED')
       OR (NEW."status" = 'DELIVERED' AND NEW."channel" = 'IN_APP'))
)
EXECUTE FUNCTION "refuseDeliveryMove"();
