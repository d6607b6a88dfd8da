output "role_arns" {
  description = "Roles by the name of their controller."
  value       = { for controller, role in aws_iam_role.this : controller => role.arn }
}
