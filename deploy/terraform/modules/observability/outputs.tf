output "topic_arn" {
  description = "Topic that every alarm is sent to, for pagers and chats."
  value       = aws_sns_topic.alarms.arn
}
