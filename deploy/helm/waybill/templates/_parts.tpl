{{- define "waybill.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "waybill.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "waybill.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "waybill.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "waybill.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "waybill.selector" . }}
{{- end }}

{{- define "waybill.selector" -}}
app.kubernetes.io/name: {{ include "waybill.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "waybill.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "waybill.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "waybill.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}

{{/* What only several values together can have wrong. */}}
{{- define "waybill.validate" -}}
{{- $objects := get .Values.config "OBJECTS" | default "filesystem" }}
{{- if and (not .Values.persistence.enabled) (ne $objects "s3") }}
{{- fail "config.OBJECTS is not s3, and there is no volume for objects: set persistence.enabled, or name a bucket" }}
{{- end }}
{{- if and (eq $objects "s3") (not (and .Values.config.S3_ENDPOINT .Values.config.S3_BUCKET)) }}
{{- fail "config.OBJECTS is s3: set config.S3_ENDPOINT and config.S3_BUCKET" }}
{{- end }}
{{- if and .Values.persistence.enabled (or .Values.server.autoscaling.enabled (gt (int .Values.server.replicas) 1)) }}
{{- fail "persistence is for one server: set server.replicas to 1, or use PostgreSQL and a bucket without it" }}
{{- end }}
{{- $shutdown := int (get .Values.config "SHUTDOWN_SECONDS" | default 30) }}
{{- if le (int .Values.server.terminationGracePeriodSeconds) (add $shutdown (int .Values.server.preStopSeconds) | int) }}
{{- fail "server.terminationGracePeriodSeconds must be more than config.SHUTDOWN_SECONDS and server.preStopSeconds together" }}
{{- end }}
{{- end }}

{{/* Variables of servers and of the migration; a dict of root and the names that are set otherwise. */}}
{{- define "waybill.env" -}}
- name: XDG_CACHE_HOME
  value: /tmp
{{- range $name, $value := .Values.config }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "waybill.envFrom" -}}
- secretRef:
    name: {{ .Values.existingSecret }}
{{- with .Values.extraEnvFrom }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Where clients and workers reach the servers, unless config says so. */}}
{{- define "waybill.publicUrl" -}}
{{- if .Values.ingress.enabled }}
{{- $host := (index .Values.ingress.hosts 0).host }}
{{- printf "%s://%s" (ternary "https" "http" (not (empty .Values.ingress.tls))) $host }}
{{- else }}
{{- $port := int .Values.service.port }}
{{- printf "http://%s.%s%s" (include "waybill.fullname" .) .Release.Namespace (eq $port 80 | ternary "" (printf ":%d" $port)) }}
{{- end }}
{{- end }}

{{/* What all pods have in common. */}}
{{- define "waybill.pod" -}}
serviceAccountName: {{ include "waybill.serviceAccount" . }}
automountServiceAccountToken: {{ .Values.serviceAccount.automount }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
# Else variables of Services in the namespace come in among those of Waybill.
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end }}
