-- What the clock decided when a step fired: [{ "channel", "step", "code", "detail", "at" }]. NULL for nearly every row.
ALTER TABLE "NotificationDelivery" ADD COLUMN "decisions" JSONB;
