variable "name" {
  description = "Prefix of the names of all roles."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "name is 2 to 21 lower-case letters, digits and hyphens, a letter first: a role's name has at most 38 characters before its suffix."
  }
}

variable "cluster_name" {
  description = "Cluster whose pods take the roles."
  type        = string
}

variable "secret_arns" {
  description = "Secrets that the External Secrets operator may read, by a name of your choice for each."
  type        = map(string)
}

variable "target_group_arn" {
  description = "Target group that the AWS Load Balancer Controller may register pods in."
  type        = string
}

variable "autoscaling_group_names" {
  description = "Auto Scaling groups that the cluster autoscaler may size."
  type        = list(string)
}

variable "service_accounts" {
  description = "Namespace and service account of each controller."
  type = map(object({
    namespace       = string
    service_account = string
  }))
  default = {
    external_secrets         = { namespace = "external-secrets", service_account = "external-secrets" }
    load_balancer_controller = { namespace = "kube-system", service_account = "aws-load-balancer-controller" }
    cluster_autoscaler       = { namespace = "kube-system", service_account = "cluster-autoscaler" }
  }

  validation {
    condition     = length(setsubtract(["external_secrets", "load_balancer_controller", "cluster_autoscaler"], keys(var.service_accounts))) == 0 && length(var.service_accounts) == 3
    error_message = "service_accounts has the keys external_secrets, load_balancer_controller and cluster_autoscaler."
  }
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
