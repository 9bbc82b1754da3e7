-- Operators and clean-up ask for rows by age. Rows lie in the order in which they were born, so a few bytes a range of
-- pages are enough; and the column never changes, so that status changes stay HOT.
CREATE INDEX "NotificationDelivery_createdAt_idx" ON "NotificationDelivery" USING brin ("createdAt") WITH (pages_per_range = 32);
CREATE INDEX "Notification_createdAt_idx" ON "Notification" USING brin ("createdAt") WITH (pages_per_range = 32);

-- What a category keeps: { "doneDays", "failedDays", "keep" }. Absent: what the installation says.
ALTER TABLE "Category" ADD COLUMN "retention" JSONB;
